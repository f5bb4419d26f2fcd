using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace PqdPortal.Migrations.History
{
    /// <inheritdoc />
    public partial class SeveralParentsSetUpsAndPhotos : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "Atmosphere",
                table: "Instruments",
                type: "character varying(40)",
                maxLength: 40,
                nullable: false,
                defaultValueSql: "'NotRecorded'");

            migrationBuilder.AddColumn<double>(
                name: "BinTime",
                table: "Instruments",
                type: "double precision",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "CreatedById",
                table: "Instruments",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Detectors",
                table: "Instruments",
                type: "jsonb",
                nullable: false,
                defaultValueSql: "'[]'::jsonb");

            migrationBuilder.AddColumn<string>(
                name: "Excitation",
                table: "Instruments",
                type: "character varying(40)",
                maxLength: 40,
                nullable: false,
                defaultValueSql: "'NotRecorded'");

            migrationBuilder.AddColumn<string>(
                name: "ExcitationSources",
                table: "Instruments",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<double>(
                name: "ExcitationWavelength",
                table: "Instruments",
                type: "double precision",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Filters",
                table: "Instruments",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "GroupId",
                table: "Instruments",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "IrfRunId",
                table: "Instruments",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Location",
                table: "Instruments",
                type: "character varying(200)",
                maxLength: 200,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Notes",
                table: "Instruments",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Objective",
                table: "Instruments",
                type: "character varying(200)",
                maxLength: 200,
                nullable: true);

            migrationBuilder.AddColumn<double>(
                name: "ObjectiveNa",
                table: "Instruments",
                type: "double precision",
                nullable: true);

            migrationBuilder.AddColumn<double>(
                name: "PulseWidth",
                table: "Instruments",
                type: "double precision",
                nullable: true);

            migrationBuilder.AddColumn<double>(
                name: "RepetitionRate",
                table: "Instruments",
                type: "double precision",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Splitter",
                table: "Instruments",
                type: "character varying(100)",
                maxLength: 100,
                nullable: true);

            migrationBuilder.AddColumn<double>(
                name: "SpotSize",
                table: "Instruments",
                type: "double precision",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Stage",
                table: "Instruments",
                type: "character varying(200)",
                maxLength: 200,
                nullable: true);

            migrationBuilder.AddColumn<double>(
                name: "Temperature",
                table: "Instruments",
                type: "double precision",
                nullable: true);

            migrationBuilder.AddColumn<double>(
                name: "WindowFrom",
                table: "Instruments",
                type: "double precision",
                nullable: true);

            migrationBuilder.AddColumn<double>(
                name: "WindowTo",
                table: "Instruments",
                type: "double precision",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Maker",
                table: "Batches",
                type: "character varying(200)",
                maxLength: 200,
                nullable: true);

            migrationBuilder.CreateTable(
                name: "Attachments",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    BatchId = table.Column<Guid>(type: "uuid", nullable: true),
                    SampleId = table.Column<Guid>(type: "uuid", nullable: true),
                    EmitterId = table.Column<Guid>(type: "uuid", nullable: true),
                    RunId = table.Column<Guid>(type: "uuid", nullable: true),
                    InstrumentId = table.Column<Guid>(type: "uuid", nullable: true),
                    Sha256 = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    ThumbnailSha256 = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true),
                    Name = table.Column<string>(type: "character varying(300)", maxLength: 300, nullable: false),
                    Picture = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: true),
                    Width = table.Column<int>(type: "integer", nullable: true),
                    Height = table.Column<int>(type: "integer", nullable: true),
                    LostPosition = table.Column<bool>(type: "boolean", nullable: false),
                    Caption = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: true),
                    Place = table.Column<int>(type: "integer", nullable: false),
                    AddedById = table.Column<Guid>(type: "uuid", nullable: true),
                    AddedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    DeletedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Attachments", x => x.Id);
                    table.CheckConstraint("CK_Attachments_OneRecord", "num_nonnulls(\"BatchId\", \"SampleId\", \"EmitterId\", \"RunId\", \"InstrumentId\") = 1");
                    table.ForeignKey(
                        name: "FK_Attachments_Batches_BatchId",
                        column: x => x.BatchId,
                        principalTable: "Batches",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_Attachments_Emitters_EmitterId",
                        column: x => x.EmitterId,
                        principalTable: "Emitters",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_Attachments_Instruments_InstrumentId",
                        column: x => x.InstrumentId,
                        principalTable: "Instruments",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_Attachments_Persons_AddedById",
                        column: x => x.AddedById,
                        principalTable: "Persons",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_Attachments_Runs_RunId",
                        column: x => x.RunId,
                        principalTable: "Runs",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_Attachments_Samples_SampleId",
                        column: x => x.SampleId,
                        principalTable: "Samples",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_Attachments_StoredFiles_Sha256",
                        column: x => x.Sha256,
                        principalTable: "StoredFiles",
                        principalColumn: "Sha256",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "BatchParents",
                columns: table => new
                {
                    BatchId = table.Column<Guid>(type: "uuid", nullable: false),
                    ParentId = table.Column<Guid>(type: "uuid", nullable: false),
                    How = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_BatchParents", x => new { x.BatchId, x.ParentId });
                    table.CheckConstraint("CK_BatchParents_NotItself", "\"BatchId\" <> \"ParentId\"");
                    table.ForeignKey(
                        name: "FK_BatchParents_Batches_BatchId",
                        column: x => x.BatchId,
                        principalTable: "Batches",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_BatchParents_Batches_ParentId",
                        column: x => x.ParentId,
                        principalTable: "Batches",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "InstrumentLog",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    InstrumentId = table.Column<Guid>(type: "uuid", nullable: false),
                    Text = table.Column<string>(type: "character varying(2000)", maxLength: 2000, nullable: false),
                    PersonId = table.Column<Guid>(type: "uuid", nullable: true),
                    AddedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_InstrumentLog", x => x.Id);
                    table.ForeignKey(
                        name: "FK_InstrumentLog_Instruments_InstrumentId",
                        column: x => x.InstrumentId,
                        principalTable: "Instruments",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_InstrumentLog_Persons_PersonId",
                        column: x => x.PersonId,
                        principalTable: "Persons",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "SampleParents",
                columns: table => new
                {
                    SampleId = table.Column<Guid>(type: "uuid", nullable: false),
                    ParentId = table.Column<Guid>(type: "uuid", nullable: false),
                    How = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_SampleParents", x => new { x.SampleId, x.ParentId });
                    table.CheckConstraint("CK_SampleParents_NotItself", "\"SampleId\" <> \"ParentId\"");
                    table.ForeignKey(
                        name: "FK_SampleParents_Samples_ParentId",
                        column: x => x.ParentId,
                        principalTable: "Samples",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_SampleParents_Samples_SampleId",
                        column: x => x.SampleId,
                        principalTable: "Samples",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "IX_Instruments_CreatedById",
                table: "Instruments",
                column: "CreatedById");

            migrationBuilder.CreateIndex(
                name: "IX_Instruments_GroupId",
                table: "Instruments",
                column: "GroupId");

            migrationBuilder.CreateIndex(
                name: "IX_Instruments_IrfRunId",
                table: "Instruments",
                column: "IrfRunId");

            migrationBuilder.AddCheckConstraint(
                name: "CK_Instruments_Temperature",
                table: "Instruments",
                sql: "\"Temperature\" >= 0");

            migrationBuilder.CreateIndex(
                name: "IX_Attachments_AddedById",
                table: "Attachments",
                column: "AddedById");

            migrationBuilder.CreateIndex(
                name: "IX_Attachments_BatchId",
                table: "Attachments",
                column: "BatchId");

            migrationBuilder.CreateIndex(
                name: "IX_Attachments_EmitterId",
                table: "Attachments",
                column: "EmitterId");

            migrationBuilder.CreateIndex(
                name: "IX_Attachments_InstrumentId",
                table: "Attachments",
                column: "InstrumentId");

            migrationBuilder.CreateIndex(
                name: "IX_Attachments_RunId",
                table: "Attachments",
                column: "RunId");

            migrationBuilder.CreateIndex(
                name: "IX_Attachments_SampleId",
                table: "Attachments",
                column: "SampleId");

            migrationBuilder.CreateIndex(
                name: "IX_Attachments_Sha256",
                table: "Attachments",
                column: "Sha256");

            migrationBuilder.CreateIndex(
                name: "IX_Attachments_ThumbnailSha256",
                table: "Attachments",
                column: "ThumbnailSha256",
                filter: "\"ThumbnailSha256\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_BatchParents_ParentId",
                table: "BatchParents",
                column: "ParentId");

            migrationBuilder.CreateIndex(
                name: "IX_InstrumentLog_InstrumentId_AddedAt",
                table: "InstrumentLog",
                columns: new[] { "InstrumentId", "AddedAt" });

            migrationBuilder.CreateIndex(
                name: "IX_InstrumentLog_PersonId",
                table: "InstrumentLog",
                column: "PersonId");

            migrationBuilder.CreateIndex(
                name: "IX_SampleParents_ParentId",
                table: "SampleParents",
                column: "ParentId");

            migrationBuilder.AddForeignKey(
                name: "FK_Instruments_Groups_GroupId",
                table: "Instruments",
                column: "GroupId",
                principalTable: "Groups",
                principalColumn: "Id",
                onDelete: ReferentialAction.Restrict);

            migrationBuilder.AddForeignKey(
                name: "FK_Instruments_Persons_CreatedById",
                table: "Instruments",
                column: "CreatedById",
                principalTable: "Persons",
                principalColumn: "Id",
                onDelete: ReferentialAction.Restrict);

            migrationBuilder.AddForeignKey(
                name: "FK_Instruments_Runs_IrfRunId",
                table: "Instruments",
                column: "IrfRunId",
                principalTable: "Runs",
                principalColumn: "Id",
                onDelete: ReferentialAction.Restrict);

            // What one batch was made from becomes the first of its parents; how was never asked.
            migrationBuilder.Sql("""INSERT INTO "BatchParents" ("BatchId", "ParentId", "How") SELECT "Id", "ParentId", 'NotRecorded' FROM "Batches" WHERE "ParentId" IS NOT NULL AND "ParentId" <> "Id";""");

            migrationBuilder.DropForeignKey(
                name: "FK_Batches_Batches_ParentId",
                table: "Batches");

            migrationBuilder.DropIndex(
                name: "IX_Batches_ParentId",
                table: "Batches");

            migrationBuilder.DropColumn(
                name: "ParentId",
                table: "Batches");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey(
                name: "FK_Instruments_Groups_GroupId",
                table: "Instruments");

            migrationBuilder.DropForeignKey(
                name: "FK_Instruments_Persons_CreatedById",
                table: "Instruments");

            migrationBuilder.DropForeignKey(
                name: "FK_Instruments_Runs_IrfRunId",
                table: "Instruments");

            migrationBuilder.DropTable(
                name: "Attachments");

            migrationBuilder.DropTable(
                name: "InstrumentLog");

            migrationBuilder.DropTable(
                name: "SampleParents");

            migrationBuilder.DropIndex(
                name: "IX_Instruments_CreatedById",
                table: "Instruments");

            migrationBuilder.DropIndex(
                name: "IX_Instruments_GroupId",
                table: "Instruments");

            migrationBuilder.DropIndex(
                name: "IX_Instruments_IrfRunId",
                table: "Instruments");

            migrationBuilder.DropCheckConstraint(
                name: "CK_Instruments_Temperature",
                table: "Instruments");

            migrationBuilder.DropColumn(
                name: "Atmosphere",
                table: "Instruments");

            migrationBuilder.DropColumn(
                name: "BinTime",
                table: "Instruments");

            migrationBuilder.DropColumn(
                name: "CreatedById",
                table: "Instruments");

            migrationBuilder.DropColumn(
                name: "Detectors",
                table: "Instruments");

            migrationBuilder.DropColumn(
                name: "Excitation",
                table: "Instruments");

            migrationBuilder.DropColumn(
                name: "ExcitationSources",
                table: "Instruments");

            migrationBuilder.DropColumn(
                name: "ExcitationWavelength",
                table: "Instruments");

            migrationBuilder.DropColumn(
                name: "Filters",
                table: "Instruments");

            migrationBuilder.DropColumn(
                name: "GroupId",
                table: "Instruments");

            migrationBuilder.DropColumn(
                name: "IrfRunId",
                table: "Instruments");

            migrationBuilder.DropColumn(
                name: "Location",
                table: "Instruments");

            migrationBuilder.DropColumn(
                name: "Notes",
                table: "Instruments");

            migrationBuilder.DropColumn(
                name: "Objective",
                table: "Instruments");

            migrationBuilder.DropColumn(
                name: "ObjectiveNa",
                table: "Instruments");

            migrationBuilder.DropColumn(
                name: "PulseWidth",
                table: "Instruments");

            migrationBuilder.DropColumn(
                name: "RepetitionRate",
                table: "Instruments");

            migrationBuilder.DropColumn(
                name: "Splitter",
                table: "Instruments");

            migrationBuilder.DropColumn(
                name: "SpotSize",
                table: "Instruments");

            migrationBuilder.DropColumn(
                name: "Stage",
                table: "Instruments");

            migrationBuilder.DropColumn(
                name: "Temperature",
                table: "Instruments");

            migrationBuilder.DropColumn(
                name: "WindowFrom",
                table: "Instruments");

            migrationBuilder.DropColumn(
                name: "WindowTo",
                table: "Instruments");

            migrationBuilder.DropColumn(
                name: "Maker",
                table: "Batches");

            migrationBuilder.AddColumn<Guid>(
                name: "ParentId",
                table: "Batches",
                type: "uuid",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "IX_Batches_ParentId",
                table: "Batches",
                column: "ParentId");

            migrationBuilder.AddForeignKey(
                name: "FK_Batches_Batches_ParentId",
                table: "Batches",
                column: "ParentId",
                principalTable: "Batches",
                principalColumn: "Id",
                onDelete: ReferentialAction.Restrict);

            migrationBuilder.Sql("""UPDATE "Batches" b SET "ParentId" = (SELECT p."ParentId" FROM "BatchParents" p WHERE p."BatchId" = b."Id" ORDER BY p."ParentId" LIMIT 1);""");

            migrationBuilder.DropTable(
                name: "BatchParents");
        }
    }
}
