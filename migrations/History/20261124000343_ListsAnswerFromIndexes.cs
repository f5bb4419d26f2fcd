using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PqdPortal.Migrations.History
{
    /// <inheritdoc />
    public partial class ListsAnswerFromIndexes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_StandingValues_Of_Name_Text",
                table: "StandingValues");

            migrationBuilder.DropIndex(
                name: "IX_StandingValues_Of_Name_Value",
                table: "StandingValues");

            migrationBuilder.DropIndex(
                name: "IX_Runs_EmitterId_MeasuredAt",
                table: "Runs");

            migrationBuilder.DropIndex(
                name: "IX_Runs_SampleId_MeasuredAt",
                table: "Runs");

            migrationBuilder.DropIndex(
                name: "IX_Emitters_Code",
                table: "Emitters");

            migrationBuilder.CreateIndex(
                name: "IX_Templates_DeletedAt",
                table: "Templates",
                column: "DeletedAt",
                filter: "\"DeletedAt\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_StandingValues_Of_Name_Text_RecordId",
                table: "StandingValues",
                columns: new[] { "Of", "Name", "Text", "RecordId" },
                filter: "\"Text\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_StandingValues_Of_Name_Value_RecordId",
                table: "StandingValues",
                columns: new[] { "Of", "Name", "Value", "RecordId" })
                .Annotation("Npgsql:IndexInclude", new[] { "Lo95", "Hi95" });

            migrationBuilder.CreateIndex(
                name: "IX_Samples_DeletedAt",
                table: "Samples",
                column: "DeletedAt",
                filter: "\"DeletedAt\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_Runs_Alive",
                table: "Runs",
                column: "ProjectId",
                filter: "\"DeletedAt\" IS NULL")
                .Annotation("Npgsql:IndexInclude", new[] { "Id" });

            migrationBuilder.CreateIndex(
                name: "IX_Runs_DeletedAt",
                table: "Runs",
                column: "DeletedAt",
                filter: "\"DeletedAt\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_Runs_EmitterId_MeasuredAt",
                table: "Runs",
                columns: new[] { "EmitterId", "MeasuredAt" })
                .Annotation("Npgsql:IndexInclude", new[] { "CreatedAt", "DeletedAt" });

            migrationBuilder.CreateIndex(
                name: "IX_Runs_SampleId_MeasuredAt",
                table: "Runs",
                columns: new[] { "SampleId", "MeasuredAt" })
                .Annotation("Npgsql:IndexInclude", new[] { "DeletedAt" });

            migrationBuilder.CreateIndex(
                name: "IX_Emitters_Alive",
                table: "Emitters",
                columns: new[] { "ProjectId", "SampleId" },
                filter: "\"DeletedAt\" IS NULL")
                .Annotation("Npgsql:IndexInclude", new[] { "Id" });

            migrationBuilder.CreateIndex(
                name: "IX_Emitters_Code",
                table: "Emitters",
                column: "Code",
                unique: true)
                .Annotation("Npgsql:IndexInclude", new[] { "Id", "ProjectId", "SampleId", "DeletedAt" });

            migrationBuilder.CreateIndex(
                name: "IX_Emitters_DeletedAt",
                table: "Emitters",
                column: "DeletedAt",
                filter: "\"DeletedAt\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_Batches_DeletedAt",
                table: "Batches",
                column: "DeletedAt",
                filter: "\"DeletedAt\" IS NOT NULL");

            // Names belong to one kind of record, and texts to one name: without being told, the planner multiplies their shares and expects far too few rows.
            migrationBuilder.Sql("""
                CREATE STATISTICS "ST_StandingValues" (dependencies, mcv) ON "Of", "Name", "Text" FROM "StandingValues";
                ANALYZE "StandingValues";
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("""DROP STATISTICS "ST_StandingValues";""");

            migrationBuilder.DropIndex(
                name: "IX_Templates_DeletedAt",
                table: "Templates");

            migrationBuilder.DropIndex(
                name: "IX_StandingValues_Of_Name_Text_RecordId",
                table: "StandingValues");

            migrationBuilder.DropIndex(
                name: "IX_StandingValues_Of_Name_Value_RecordId",
                table: "StandingValues");

            migrationBuilder.DropIndex(
                name: "IX_Samples_DeletedAt",
                table: "Samples");

            migrationBuilder.DropIndex(
                name: "IX_Runs_Alive",
                table: "Runs");

            migrationBuilder.DropIndex(
                name: "IX_Runs_DeletedAt",
                table: "Runs");

            migrationBuilder.DropIndex(
                name: "IX_Runs_EmitterId_MeasuredAt",
                table: "Runs");

            migrationBuilder.DropIndex(
                name: "IX_Runs_SampleId_MeasuredAt",
                table: "Runs");

            migrationBuilder.DropIndex(
                name: "IX_Emitters_Alive",
                table: "Emitters");

            migrationBuilder.DropIndex(
                name: "IX_Emitters_Code",
                table: "Emitters");

            migrationBuilder.DropIndex(
                name: "IX_Emitters_DeletedAt",
                table: "Emitters");

            migrationBuilder.DropIndex(
                name: "IX_Batches_DeletedAt",
                table: "Batches");

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

            migrationBuilder.CreateIndex(
                name: "IX_Runs_EmitterId_MeasuredAt",
                table: "Runs",
                columns: new[] { "EmitterId", "MeasuredAt" });

            migrationBuilder.CreateIndex(
                name: "IX_Runs_SampleId_MeasuredAt",
                table: "Runs",
                columns: new[] { "SampleId", "MeasuredAt" });

            migrationBuilder.CreateIndex(
                name: "IX_Emitters_Code",
                table: "Emitters",
                column: "Code",
                unique: true);
        }
    }
}
