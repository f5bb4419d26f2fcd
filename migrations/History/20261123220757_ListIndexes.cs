using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PqdPortal.Migrations.History
{
    /// <inheritdoc />
    public partial class ListIndexes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateIndex(
                name: "IX_Templates_CreatedAt",
                table: "Templates",
                column: "CreatedAt");

            migrationBuilder.CreateIndex(
                name: "IX_Samples_CreatedAt",
                table: "Samples",
                column: "CreatedAt");

            migrationBuilder.CreateIndex(
                name: "IX_Runs_CreatedAt",
                table: "Runs",
                column: "CreatedAt");

            migrationBuilder.CreateIndex(
                name: "IX_Emitters_CreatedAt",
                table: "Emitters",
                column: "CreatedAt");

            migrationBuilder.CreateIndex(
                name: "IX_Comments_Text_Parts",
                table: "Comments",
                column: "Text")
                .Annotation("Npgsql:IndexMethod", "gin")
                .Annotation("Npgsql:IndexOperators", new[] { "gin_trgm_ops" });

            migrationBuilder.CreateIndex(
                name: "IX_Batches_CreatedAt",
                table: "Batches",
                column: "CreatedAt");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_Templates_CreatedAt",
                table: "Templates");

            migrationBuilder.DropIndex(
                name: "IX_Samples_CreatedAt",
                table: "Samples");

            migrationBuilder.DropIndex(
                name: "IX_Runs_CreatedAt",
                table: "Runs");

            migrationBuilder.DropIndex(
                name: "IX_Emitters_CreatedAt",
                table: "Emitters");

            migrationBuilder.DropIndex(
                name: "IX_Comments_Text_Parts",
                table: "Comments");

            migrationBuilder.DropIndex(
                name: "IX_Batches_CreatedAt",
                table: "Batches");
        }
    }
}
