using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PqdPortal.Migrations.History
{
    /// <inheritdoc />
    public partial class FilesSayHowTheyWereRead : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "Asks",
                table: "RunFiles",
                type: "jsonb",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Layout",
                table: "RunFiles",
                type: "character varying(40)",
                maxLength: 40,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Message",
                table: "RunFiles",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Reading",
                table: "RunFiles",
                type: "character varying(40)",
                maxLength: 40,
                nullable: false,
                defaultValue: "Waiting");

            migrationBuilder.AddColumn<double>(
                name: "TimeUnit",
                table: "RunFiles",
                type: "double precision",
                nullable: true);

            migrationBuilder.AddCheckConstraint(
                name: "CK_RunFiles_TimeUnit",
                table: "RunFiles",
                sql: "\"TimeUnit\" > 0");

            // What was found so far was said of the run alone.
            migrationBuilder.Sql("""
                UPDATE "RunFiles" AS file SET
                    "Reading" = CASE WHEN file."Summary" IS NOT NULL THEN 'Read' WHEN run."Reading" IN ('StoredUnread', 'Failed') THEN run."Reading" ELSE 'Waiting' END,
                    "Message" = CASE WHEN file."Summary" IS NULL THEN run."ReadingMessage" END
                FROM "Runs" AS run WHERE run."Id" = file."RunId";
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropCheckConstraint(
                name: "CK_RunFiles_TimeUnit",
                table: "RunFiles");

            migrationBuilder.DropColumn(
                name: "Asks",
                table: "RunFiles");

            migrationBuilder.DropColumn(
                name: "Layout",
                table: "RunFiles");

            migrationBuilder.DropColumn(
                name: "Message",
                table: "RunFiles");

            migrationBuilder.DropColumn(
                name: "Reading",
                table: "RunFiles");

            migrationBuilder.DropColumn(
                name: "TimeUnit",
                table: "RunFiles");
        }
    }
}
