using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PqdPortal.Migrations.History
{
    /// <inheritdoc />
    public partial class BatchComposition : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "ASite",
                table: "Batches");

            migrationBuilder.DropColumn(
                name: "BSite",
                table: "Batches");

            migrationBuilder.DropColumn(
                name: "XSite",
                table: "Batches");

            migrationBuilder.AddColumn<string>(
                name: "Canonical",
                table: "Batches",
                type: "character varying(300)",
                maxLength: 300,
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "CompositionVersion",
                table: "Batches",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string[]>(
                name: "FormulaFlags",
                table: "Batches",
                type: "text[]",
                nullable: false,
                defaultValueSql: "'{}'::text[]");

            migrationBuilder.AddColumn<string>(
                name: "Fractions",
                table: "Batches",
                type: "jsonb",
                nullable: false,
                defaultValueSql: "'{}'::jsonb");

            migrationBuilder.AddColumn<string>(
                name: "MeasuredCanonical",
                table: "Batches",
                type: "character varying(300)",
                maxLength: 300,
                nullable: true);

            migrationBuilder.AddColumn<string[]>(
                name: "MeasuredFlags",
                table: "Batches",
                type: "text[]",
                nullable: false,
                defaultValueSql: "'{}'::text[]");

            migrationBuilder.AddColumn<string>(
                name: "MeasuredFractions",
                table: "Batches",
                type: "jsonb",
                nullable: false,
                defaultValueSql: "'{}'::jsonb");

            migrationBuilder.AddColumn<string>(
                name: "MeasuredMethod",
                table: "Batches",
                type: "character varying(40)",
                maxLength: 40,
                nullable: false,
                defaultValue: "NotRecorded");

            migrationBuilder.AddColumn<double>(
                name: "MeasuredUncertainty",
                table: "Batches",
                type: "double precision",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "IX_Batches_Canonical",
                table: "Batches",
                column: "Canonical");

            migrationBuilder.AddCheckConstraint(
                name: "CK_Batches_MeasuredUncertainty",
                table: "Batches",
                sql: "\"MeasuredUncertainty\" BETWEEN 0 AND 100");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_Batches_Canonical",
                table: "Batches");

            migrationBuilder.DropCheckConstraint(
                name: "CK_Batches_MeasuredUncertainty",
                table: "Batches");

            migrationBuilder.DropColumn(
                name: "Canonical",
                table: "Batches");

            migrationBuilder.DropColumn(
                name: "CompositionVersion",
                table: "Batches");

            migrationBuilder.DropColumn(
                name: "FormulaFlags",
                table: "Batches");

            migrationBuilder.DropColumn(
                name: "Fractions",
                table: "Batches");

            migrationBuilder.DropColumn(
                name: "MeasuredCanonical",
                table: "Batches");

            migrationBuilder.DropColumn(
                name: "MeasuredFlags",
                table: "Batches");

            migrationBuilder.DropColumn(
                name: "MeasuredFractions",
                table: "Batches");

            migrationBuilder.DropColumn(
                name: "MeasuredMethod",
                table: "Batches");

            migrationBuilder.DropColumn(
                name: "MeasuredUncertainty",
                table: "Batches");

            migrationBuilder.AddColumn<string>(
                name: "ASite",
                table: "Batches",
                type: "jsonb",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<string>(
                name: "BSite",
                table: "Batches",
                type: "jsonb",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<string>(
                name: "XSite",
                table: "Batches",
                type: "jsonb",
                nullable: false,
                defaultValue: "");
        }
    }
}
