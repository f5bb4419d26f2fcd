using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PqdPortal.Migrations.History
{
    /// <inheritdoc />
    public partial class JobsComeToTheirEnd : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "HeardAt",
                table: "Jobs",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "Lost",
                table: "Jobs",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "Pending",
                table: "Jobs",
                type: "character varying(64)",
                maxLength: 64,
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "IX_Jobs_Pending",
                table: "Jobs",
                column: "Pending",
                filter: "\"Pending\" IS NOT NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_Jobs_Pending",
                table: "Jobs");

            migrationBuilder.DropColumn(
                name: "HeardAt",
                table: "Jobs");

            migrationBuilder.DropColumn(
                name: "Lost",
                table: "Jobs");

            migrationBuilder.DropColumn(
                name: "Pending",
                table: "Jobs");
        }
    }
}
