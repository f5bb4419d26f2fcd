using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PqdPortal.Migrations.History
{
    /// <inheritdoc />
    public partial class FilesFindTheirHome : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "Folder",
                table: "Uploads",
                type: "character varying(400)",
                maxLength: 400,
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "InstrumentId",
                table: "Uploads",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "SetAsideAt",
                table: "Runs",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "Agents",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    PersonId = table.Column<Guid>(type: "uuid", nullable: false),
                    InstrumentId = table.Column<Guid>(type: "uuid", nullable: true),
                    Name = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    Folder = table.Column<string>(type: "character varying(400)", maxLength: 400, nullable: false),
                    Software = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    FirstHeardAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    LastHeardAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    LastFile = table.Column<string>(type: "character varying(400)", maxLength: 400, nullable: true),
                    LastFileAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    Sent = table.Column<int>(type: "integer", nullable: false),
                    Waiting = table.Column<int>(type: "integer", nullable: false),
                    Refused = table.Column<int>(type: "integer", nullable: false),
                    Trouble = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: true),
                    HasStopped = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Agents", x => x.Id);
                    table.ForeignKey(
                        name: "FK_Agents_Instruments_InstrumentId",
                        column: x => x.InstrumentId,
                        principalTable: "Instruments",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_Agents_Persons_PersonId",
                        column: x => x.PersonId,
                        principalTable: "Persons",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "InboxLessons",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    ProjectId = table.Column<Guid>(type: "uuid", nullable: false),
                    Kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    Shape = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: false),
                    SampleId = table.Column<Guid>(type: "uuid", nullable: false),
                    EmitterId = table.Column<Guid>(type: "uuid", nullable: true),
                    Example = table.Column<string>(type: "character varying(400)", maxLength: 400, nullable: false),
                    Times = table.Column<int>(type: "integer", nullable: false),
                    TaughtById = table.Column<Guid>(type: "uuid", nullable: true),
                    TaughtAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    DeletedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_InboxLessons", x => x.Id);
                    table.ForeignKey(
                        name: "FK_InboxLessons_Emitters_EmitterId",
                        column: x => x.EmitterId,
                        principalTable: "Emitters",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_InboxLessons_Projects_ProjectId",
                        column: x => x.ProjectId,
                        principalTable: "Projects",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_InboxLessons_Samples_SampleId",
                        column: x => x.SampleId,
                        principalTable: "Samples",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "NamingRules",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false),
                    ProjectId = table.Column<Guid>(type: "uuid", nullable: true),
                    GroupId = table.Column<Guid>(type: "uuid", nullable: true),
                    Patterns = table.Column<string>(type: "character varying(10000)", maxLength: 10000, nullable: true),
                    Filing = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    CreatedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_NamingRules", x => x.Id);
                    table.CheckConstraint("CK_NamingRules_OneOwner", "num_nonnulls(\"ProjectId\", \"GroupId\") = 1");
                    table.ForeignKey(
                        name: "FK_NamingRules_Groups_GroupId",
                        column: x => x.GroupId,
                        principalTable: "Groups",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_NamingRules_Projects_ProjectId",
                        column: x => x.ProjectId,
                        principalTable: "Projects",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "IX_Uploads_InstrumentId",
                table: "Uploads",
                column: "InstrumentId");

            migrationBuilder.CreateIndex(
                name: "IX_Runs_Inbox",
                table: "Runs",
                columns: new[] { "ProjectId", "CreatedAt" },
                filter: "\"SampleId\" IS NULL AND \"DeletedAt\" IS NULL");

            migrationBuilder.CreateIndex(
                name: "IX_Agents_InstrumentId",
                table: "Agents",
                column: "InstrumentId");

            migrationBuilder.CreateIndex(
                name: "IX_Agents_LastHeardAt",
                table: "Agents",
                column: "LastHeardAt");

            migrationBuilder.CreateIndex(
                name: "IX_Agents_PersonId_Name_Folder",
                table: "Agents",
                columns: new[] { "PersonId", "Name", "Folder" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_InboxLessons_EmitterId",
                table: "InboxLessons",
                column: "EmitterId");

            migrationBuilder.CreateIndex(
                name: "IX_InboxLessons_ProjectId_Kind_Shape",
                table: "InboxLessons",
                columns: new[] { "ProjectId", "Kind", "Shape" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_InboxLessons_SampleId",
                table: "InboxLessons",
                column: "SampleId");

            migrationBuilder.CreateIndex(
                name: "IX_NamingRules_GroupId",
                table: "NamingRules",
                column: "GroupId",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_NamingRules_ProjectId",
                table: "NamingRules",
                column: "ProjectId",
                unique: true);

            migrationBuilder.AddForeignKey(
                name: "FK_Uploads_Instruments_InstrumentId",
                table: "Uploads",
                column: "InstrumentId",
                principalTable: "Instruments",
                principalColumn: "Id",
                onDelete: ReferentialAction.Restrict);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey(
                name: "FK_Uploads_Instruments_InstrumentId",
                table: "Uploads");

            migrationBuilder.DropTable(
                name: "Agents");

            migrationBuilder.DropTable(
                name: "InboxLessons");

            migrationBuilder.DropTable(
                name: "NamingRules");

            migrationBuilder.DropIndex(
                name: "IX_Uploads_InstrumentId",
                table: "Uploads");

            migrationBuilder.DropIndex(
                name: "IX_Runs_Inbox",
                table: "Runs");

            migrationBuilder.DropColumn(
                name: "Folder",
                table: "Uploads");

            migrationBuilder.DropColumn(
                name: "InstrumentId",
                table: "Uploads");

            migrationBuilder.DropColumn(
                name: "SetAsideAt",
                table: "Runs");
        }
    }
}
