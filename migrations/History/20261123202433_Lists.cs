using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PqdPortal.Migrations.History
{
    /// <inheritdoc />
    public partial class Lists : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AlterDatabase()
                .Annotation("Npgsql:PostgresExtension:pg_trgm", ",,");

            migrationBuilder.CreateTable(
                name: "SavedViews",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false),
                    OwnerId = table.Column<Guid>(type: "uuid", nullable: false),
                    ProjectId = table.Column<Guid>(type: "uuid", nullable: true),
                    List = table.Column<string>(type: "character varying(20)", maxLength: 20, nullable: false),
                    Name = table.Column<string>(type: "character varying(80)", maxLength: 80, nullable: false),
                    Query = table.Column<string>(type: "character varying(4000)", maxLength: 4000, nullable: false),
                    IsDefault = table.Column<bool>(type: "boolean", nullable: false),
                    CreatedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_SavedViews", x => x.Id);
                    table.ForeignKey(
                        name: "FK_SavedViews_Persons_OwnerId",
                        column: x => x.OwnerId,
                        principalTable: "Persons",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_SavedViews_Projects_ProjectId",
                        column: x => x.ProjectId,
                        principalTable: "Projects",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "StandingValues",
                columns: table => new
                {
                    RecordId = table.Column<Guid>(type: "uuid", nullable: false),
                    Name = table.Column<string>(type: "character varying(130)", maxLength: 130, nullable: false),
                    Of = table.Column<string>(type: "character varying(10)", maxLength: 10, nullable: false),
                    Source = table.Column<string>(type: "character varying(130)", maxLength: 130, nullable: false),
                    Value = table.Column<double>(type: "double precision", nullable: true),
                    Sigma = table.Column<double>(type: "double precision", nullable: true),
                    Lo95 = table.Column<double>(type: "double precision", nullable: true),
                    Hi95 = table.Column<double>(type: "double precision", nullable: true),
                    Unit = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    Text = table.Column<string>(type: "text", nullable: true),
                    N = table.Column<long>(type: "bigint", nullable: true),
                    Grade = table.Column<string>(type: "character varying(10)", maxLength: 10, nullable: false),
                    AnalysisId = table.Column<Guid>(type: "uuid", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_StandingValues", x => new { x.RecordId, x.Name });
                    table.ForeignKey(
                        name: "FK_StandingValues_Analyses_AnalysisId",
                        column: x => x.AnalysisId,
                        principalTable: "Analyses",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "IX_Samples_Code_Parts",
                table: "Samples",
                column: "Code")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:IndexOperators", new[] { "gin_trgm_ops" });

            migrationBuilder.CreateIndex(
                name: "IX_Samples_Name_Parts",
                table: "Samples",
                column: "Name")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:IndexOperators", new[] { "gin_trgm_ops" });

            migrationBuilder.CreateIndex(
                name: "IX_Samples_Notes_Parts",
                table: "Samples",
                column: "Notes")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:IndexOperators", new[] { "gin_trgm_ops" });

            migrationBuilder.CreateIndex(
                name: "IX_Runs_Name_Parts",
                table: "Runs",
                column: "Name")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:IndexOperators", new[] { "gin_trgm_ops" });

            migrationBuilder.CreateIndex(
                name: "IX_Runs_Notes_Parts",
                table: "Runs",
                column: "Notes")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:IndexOperators", new[] { "gin_trgm_ops" });

            migrationBuilder.CreateIndex(
                name: "IX_RunFiles_Name_Parts",
                table: "RunFiles",
                column: "Name")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:IndexOperators", new[] { "gin_trgm_ops" });

            migrationBuilder.CreateIndex(
                name: "IX_Emitters_Code_Parts",
                table: "Emitters",
                column: "Code")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:IndexOperators", new[] { "gin_trgm_ops" });

            migrationBuilder.CreateIndex(
                name: "IX_Emitters_Notes_Parts",
                table: "Emitters",
                column: "Notes")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:IndexOperators", new[] { "gin_trgm_ops" });

            migrationBuilder.CreateIndex(
                name: "IX_Batches_Code_Parts",
                table: "Batches",
                column: "Code")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:IndexOperators", new[] { "gin_trgm_ops" });

            migrationBuilder.CreateIndex(
                name: "IX_Batches_Formula_Parts",
                table: "Batches",
                column: "Formula")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:IndexOperators", new[] { "gin_trgm_ops" });

            migrationBuilder.CreateIndex(
                name: "IX_Batches_MeasuredFormula_Parts",
                table: "Batches",
                column: "MeasuredFormula")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:IndexOperators", new[] { "gin_trgm_ops" });

            migrationBuilder.CreateIndex(
                name: "IX_Batches_Name_Parts",
                table: "Batches",
                column: "Name")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:IndexOperators", new[] { "gin_trgm_ops" });

            migrationBuilder.CreateIndex(
                name: "IX_Batches_Notes_Parts",
                table: "Batches",
                column: "Notes")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:IndexOperators", new[] { "gin_trgm_ops" });

            migrationBuilder.CreateIndex(
                name: "IX_Analyses_EndedAt",
                table: "Analyses",
                column: "EndedAt");

            migrationBuilder.CreateIndex(
                name: "IX_SavedViews_OneDefault",
                table: "SavedViews",
                columns: new[] { "OwnerId", "List" },
                unique: true,
                filter: "\"IsDefault\"");

            migrationBuilder.CreateIndex(
                name: "IX_SavedViews_OwnerId_List_Name",
                table: "SavedViews",
                columns: new[] { "OwnerId", "List", "Name" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_SavedViews_ProjectId_List",
                table: "SavedViews",
                columns: new[] { "ProjectId", "List" });

            migrationBuilder.CreateIndex(
                name: "IX_StandingValues_AnalysisId",
                table: "StandingValues",
                column: "AnalysisId");

            migrationBuilder.CreateIndex(
                name: "IX_StandingValues_Of_Name_Text",
                table: "StandingValues",
                columns: new[] { "Of", "Name", "Text" },
                filter: "\"Text\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_StandingValues_Of_Name_Value",
                table: "StandingValues",
                columns: new[] { "Of", "Name", "Value" })
                .Annotation("Npgsql:IndexInclude", new[] { "RecordId", "Lo95", "Hi95" });

            StandingRules.Make(migrationBuilder);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            StandingRules.Unmake(migrationBuilder);

            migrationBuilder.DropTable(
                name: "SavedViews");

            migrationBuilder.DropTable(
                name: "StandingValues");

            migrationBuilder.DropIndex(
                name: "IX_Samples_Code_Parts",
                table: "Samples");

            migrationBuilder.DropIndex(
                name: "IX_Samples_Name_Parts",
                table: "Samples");

            migrationBuilder.DropIndex(
                name: "IX_Samples_Notes_Parts",
                table: "Samples");

            migrationBuilder.DropIndex(
                name: "IX_Runs_Name_Parts",
                table: "Runs");

            migrationBuilder.DropIndex(
                name: "IX_Runs_Notes_Parts",
                table: "Runs");

            migrationBuilder.DropIndex(
                name: "IX_RunFiles_Name_Parts",
                table: "RunFiles");

            migrationBuilder.DropIndex(
                name: "IX_Emitters_Code_Parts",
                table: "Emitters");

            migrationBuilder.DropIndex(
                name: "IX_Emitters_Notes_Parts",
                table: "Emitters");

            migrationBuilder.DropIndex(
                name: "IX_Batches_Code_Parts",
                table: "Batches");

            migrationBuilder.DropIndex(
                name: "IX_Batches_Formula_Parts",
                table: "Batches");

            migrationBuilder.DropIndex(
                name: "IX_Batches_MeasuredFormula_Parts",
                table: "Batches");

            migrationBuilder.DropIndex(
                name: "IX_Batches_Name_Parts",
                table: "Batches");

            migrationBuilder.DropIndex(
                name: "IX_Batches_Notes_Parts",
                table: "Batches");

            migrationBuilder.DropIndex(
                name: "IX_Analyses_EndedAt",
                table: "Analyses");

            migrationBuilder.AlterDatabase()
                .OldAnnotation("Npgsql:PostgresExtension:pg_trgm", ",,");
        }
    }
}
