using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PqdPortal.Migrations.History
{
    /// <inheritdoc />
    public partial class TemplatesAndExtraFields : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "Extra",
                table: "Samples",
                type: "jsonb",
                nullable: false,
                defaultValueSql: "'{}'::jsonb");

            migrationBuilder.AddColumn<Guid>(
                name: "TemplateId",
                table: "Samples",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Extra",
                table: "Runs",
                type: "jsonb",
                nullable: false,
                defaultValueSql: "'{}'::jsonb");

            migrationBuilder.AddColumn<string>(
                name: "Extra",
                table: "Emitters",
                type: "jsonb",
                nullable: false,
                defaultValueSql: "'{}'::jsonb");

            migrationBuilder.AddColumn<string>(
                name: "Extra",
                table: "Batches",
                type: "jsonb",
                nullable: false,
                defaultValueSql: "'{}'::jsonb");

            migrationBuilder.AddColumn<Guid>(
                name: "TemplateId",
                table: "Batches",
                type: "uuid",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "Templates",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    Name = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: false),
                    Begins = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    Method = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    BuiltIn = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true),
                    Presets = table.Column<string>(type: "jsonb", nullable: false),
                    Extras = table.Column<string>(type: "jsonb", nullable: false),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false),
                    ProjectId = table.Column<Guid>(type: "uuid", nullable: false),
                    Notes = table.Column<string>(type: "text", nullable: true),
                    CreatedById = table.Column<Guid>(type: "uuid", nullable: true),
                    CreatedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    DeletedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    Simulated = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Templates", x => x.Id);
                    table.ForeignKey(
                        name: "FK_Templates_Persons_CreatedById",
                        column: x => x.CreatedById,
                        principalTable: "Persons",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_Templates_Projects_ProjectId",
                        column: x => x.ProjectId,
                        principalTable: "Projects",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "IX_Samples_Extra",
                table: "Samples",
                column: "Extra")
                .Annotation("Npgsql:IndexMethod", "gin");

            migrationBuilder.CreateIndex(
                name: "IX_Samples_TemplateId",
                table: "Samples",
                column: "TemplateId");

            migrationBuilder.CreateIndex(
                name: "IX_Runs_Extra",
                table: "Runs",
                column: "Extra")
                .Annotation("Npgsql:IndexMethod", "gin");

            migrationBuilder.CreateIndex(
                name: "IX_Emitters_Extra",
                table: "Emitters",
                column: "Extra")
                .Annotation("Npgsql:IndexMethod", "gin");

            migrationBuilder.CreateIndex(
                name: "IX_Batches_Extra",
                table: "Batches",
                column: "Extra")
                .Annotation("Npgsql:IndexMethod", "gin");

            migrationBuilder.CreateIndex(
                name: "IX_Batches_TemplateId",
                table: "Batches",
                column: "TemplateId");

            migrationBuilder.CreateIndex(
                name: "IX_Templates_CreatedById",
                table: "Templates",
                column: "CreatedById");

            migrationBuilder.CreateIndex(
                name: "IX_Templates_ProjectId_BuiltIn",
                table: "Templates",
                columns: new[] { "ProjectId", "BuiltIn" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_Templates_ProjectId_CreatedAt",
                table: "Templates",
                columns: new[] { "ProjectId", "CreatedAt" });

            migrationBuilder.AddForeignKey(
                name: "FK_Batches_Templates_TemplateId",
                table: "Batches",
                column: "TemplateId",
                principalTable: "Templates",
                principalColumn: "Id",
                onDelete: ReferentialAction.Restrict);

            migrationBuilder.AddForeignKey(
                name: "FK_Samples_Templates_TemplateId",
                table: "Samples",
                column: "TemplateId",
                principalTable: "Templates",
                principalColumn: "Id",
                onDelete: ReferentialAction.Restrict);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey(
                name: "FK_Batches_Templates_TemplateId",
                table: "Batches");

            migrationBuilder.DropForeignKey(
                name: "FK_Samples_Templates_TemplateId",
                table: "Samples");

            migrationBuilder.DropTable(
                name: "Templates");

            migrationBuilder.DropIndex(
                name: "IX_Samples_Extra",
                table: "Samples");

            migrationBuilder.DropIndex(
                name: "IX_Samples_TemplateId",
                table: "Samples");

            migrationBuilder.DropIndex(
                name: "IX_Runs_Extra",
                table: "Runs");

            migrationBuilder.DropIndex(
                name: "IX_Emitters_Extra",
                table: "Emitters");

            migrationBuilder.DropIndex(
                name: "IX_Batches_Extra",
                table: "Batches");

            migrationBuilder.DropIndex(
                name: "IX_Batches_TemplateId",
                table: "Batches");

            migrationBuilder.DropColumn(
                name: "Extra",
                table: "Samples");

            migrationBuilder.DropColumn(
                name: "TemplateId",
                table: "Samples");

            migrationBuilder.DropColumn(
                name: "Extra",
                table: "Runs");

            migrationBuilder.DropColumn(
                name: "Extra",
                table: "Emitters");

            migrationBuilder.DropColumn(
                name: "Extra",
                table: "Batches");

            migrationBuilder.DropColumn(
                name: "TemplateId",
                table: "Batches");
        }
    }
}
