using Microsoft.EntityFrameworkCore.Migrations;
using System;

#nullable disable

namespace PqdPortal.Migrations.History
{
    /// <inheritdoc />
    public partial class RecordsThatALabLivesIn : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "IsGuest",
                table: "Persons",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<bool>(
                name: "IsManager",
                table: "Memberships",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.CreateTable(
                name: "Invitations",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    ProjectId = table.Column<Guid>(type: "uuid", nullable: true),
                    GroupId = table.Column<Guid>(type: "uuid", nullable: true),
                    Role = table.Column<int>(type: "integer", maxLength: 40, nullable: false),
                    MeantFor = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: true),
                    Address = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true),
                    Hash = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    UsesAllowed = table.Column<int>(type: "integer", nullable: false),
                    Uses = table.Column<int>(type: "integer", nullable: false),
                    CreatedById = table.Column<Guid>(type: "uuid", nullable: true),
                    CreatedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    ExpiresAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    RevokedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Invitations", x => x.Id);
                    table.CheckConstraint("CK_Invitations_Role", "\"Role\" BETWEEN 0 AND 4 AND (\"Role\" > 0) = (\"ProjectId\" IS NOT NULL)");
                    table.CheckConstraint("CK_Invitations_Somewhere", "num_nonnulls(\"ProjectId\", \"GroupId\") >= 1");
                    table.CheckConstraint("CK_Invitations_Uses", "\"Uses\" BETWEEN 0 AND \"UsesAllowed\"");
                    table.ForeignKey(
                        name: "FK_Invitations_Groups_GroupId",
                        column: x => x.GroupId,
                        principalTable: "Groups",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_Invitations_Persons_CreatedById",
                        column: x => x.CreatedById,
                        principalTable: "Persons",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_Invitations_Projects_ProjectId",
                        column: x => x.ProjectId,
                        principalTable: "Projects",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "Presences",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    RecordId = table.Column<Guid>(type: "uuid", nullable: false),
                    PersonId = table.Column<Guid>(type: "uuid", nullable: false),
                    Since = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    SeenAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Presences", x => x.Id);
                    table.ForeignKey(
                        name: "FK_Presences_Persons_PersonId",
                        column: x => x.PersonId,
                        principalTable: "Persons",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "ShareLinks",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    ProjectId = table.Column<Guid>(type: "uuid", nullable: false),
                    Kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    RecordId = table.Column<Guid>(type: "uuid", nullable: false),
                    Name = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                    Hash = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    PasswordHash = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true),
                    WithoutNames = table.Column<bool>(type: "boolean", nullable: false),
                    CreatedById = table.Column<Guid>(type: "uuid", nullable: true),
                    CreatedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    ExpiresAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    RevokedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    Visits = table.Column<int>(type: "integer", nullable: false),
                    LastUsedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    WrongPasswords = table.Column<int>(type: "integer", nullable: false),
                    LockedUntil = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_ShareLinks", x => x.Id);
                    table.ForeignKey(
                        name: "FK_ShareLinks_Persons_CreatedById",
                        column: x => x.CreatedById,
                        principalTable: "Persons",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_ShareLinks_Projects_ProjectId",
                        column: x => x.ProjectId,
                        principalTable: "Projects",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "InvitationUses",
                columns: table => new
                {
                    InvitationId = table.Column<Guid>(type: "uuid", nullable: false),
                    PersonId = table.Column<Guid>(type: "uuid", nullable: false),
                    At = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_InvitationUses", x => new { x.InvitationId, x.PersonId });
                    table.ForeignKey(
                        name: "FK_InvitationUses_Invitations_InvitationId",
                        column: x => x.InvitationId,
                        principalTable: "Invitations",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_InvitationUses_Persons_PersonId",
                        column: x => x.PersonId,
                        principalTable: "Persons",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "IX_Invitations_CreatedById",
                table: "Invitations",
                column: "CreatedById");

            migrationBuilder.CreateIndex(
                name: "IX_Invitations_GroupId",
                table: "Invitations",
                column: "GroupId");

            migrationBuilder.CreateIndex(
                name: "IX_Invitations_Hash",
                table: "Invitations",
                column: "Hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_Invitations_ProjectId",
                table: "Invitations",
                column: "ProjectId");

            migrationBuilder.CreateIndex(
                name: "IX_InvitationUses_PersonId",
                table: "InvitationUses",
                column: "PersonId");

            migrationBuilder.CreateIndex(
                name: "IX_Presences_PersonId",
                table: "Presences",
                column: "PersonId");

            migrationBuilder.CreateIndex(
                name: "IX_Presences_RecordId",
                table: "Presences",
                column: "RecordId");

            migrationBuilder.CreateIndex(
                name: "IX_ShareLinks_CreatedById",
                table: "ShareLinks",
                column: "CreatedById");

            migrationBuilder.CreateIndex(
                name: "IX_ShareLinks_Hash",
                table: "ShareLinks",
                column: "Hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_ShareLinks_ProjectId",
                table: "ShareLinks",
                column: "ProjectId");

            migrationBuilder.CreateIndex(
                name: "IX_ShareLinks_RecordId",
                table: "ShareLinks",
                column: "RecordId");

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

            migrationBuilder.DropIndex(
                name: "IX_Runs_EmitterId",
                table: "Runs");

            migrationBuilder.DropIndex(
                name: "IX_Runs_SampleId",
                table: "Runs");

            migrationBuilder.DropIndex(
                name: "IX_Analyses_ProjectId",
                table: "Analyses");

            migrationBuilder.CreateTable(
                name: "Comments",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false),
                    ProjectId = table.Column<Guid>(type: "uuid", nullable: false),
                    Of = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    RecordId = table.Column<Guid>(type: "uuid", nullable: false),
                    ParentId = table.Column<Guid>(type: "uuid", nullable: true),
                    Text = table.Column<string>(type: "character varying(20000)", maxLength: 20000, nullable: false),
                    Mentioned = table.Column<Guid[]>(type: "uuid[]", nullable: false),
                    CreatedById = table.Column<Guid>(type: "uuid", nullable: true),
                    CreatedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    EditedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    ResolvedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    ResolvedById = table.Column<Guid>(type: "uuid", nullable: true),
                    DeletedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Comments", x => x.Id);
                    table.ForeignKey(
                        name: "FK_Comments_Comments_ParentId",
                        column: x => x.ParentId,
                        principalTable: "Comments",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_Comments_Persons_CreatedById",
                        column: x => x.CreatedById,
                        principalTable: "Persons",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_Comments_Persons_ResolvedById",
                        column: x => x.ResolvedById,
                        principalTable: "Persons",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_Comments_Projects_ProjectId",
                        column: x => x.ProjectId,
                        principalTable: "Projects",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "Follows",
                columns: table => new
                {
                    PersonId = table.Column<Guid>(type: "uuid", nullable: false),
                    RecordId = table.Column<Guid>(type: "uuid", nullable: false),
                    Of = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    ProjectId = table.Column<Guid>(type: "uuid", nullable: false),
                    IsOn = table.Column<bool>(type: "boolean", nullable: false),
                    Why = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    Since = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Follows", x => new { x.PersonId, x.RecordId });
                    table.ForeignKey(
                        name: "FK_Follows_Persons_PersonId",
                        column: x => x.PersonId,
                        principalTable: "Persons",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_Follows_Projects_ProjectId",
                        column: x => x.ProjectId,
                        principalTable: "Projects",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "NoticeChoices",
                columns: table => new
                {
                    PersonId = table.Column<Guid>(type: "uuid", nullable: false),
                    Kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    Way = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_NoticeChoices", x => new { x.PersonId, x.Kind });
                    table.ForeignKey(
                        name: "FK_NoticeChoices_Persons_PersonId",
                        column: x => x.PersonId,
                        principalTable: "Persons",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "Notices",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    PersonId = table.Column<Guid>(type: "uuid", nullable: false),
                    ProjectId = table.Column<Guid>(type: "uuid", nullable: false),
                    Of = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    RecordId = table.Column<Guid>(type: "uuid", nullable: false),
                    Kind = table.Column<string>(type: "character varying(40)", maxLength: 40, nullable: false),
                    SourceId = table.Column<Guid>(type: "uuid", nullable: false),
                    ById = table.Column<Guid>(type: "uuid", nullable: true),
                    At = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    ReadAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    InBell = table.Column<bool>(type: "boolean", nullable: false),
                    Text = table.Column<string>(type: "character varying(60)", maxLength: 60, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Notices", x => x.Id);
                    table.ForeignKey(
                        name: "FK_Notices_Persons_ById",
                        column: x => x.ById,
                        principalTable: "Persons",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_Notices_Persons_PersonId",
                        column: x => x.PersonId,
                        principalTable: "Persons",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_Notices_Projects_ProjectId",
                        column: x => x.ProjectId,
                        principalTable: "Projects",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "Visits",
                columns: table => new
                {
                    PersonId = table.Column<Guid>(type: "uuid", nullable: false),
                    HomeAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    HomeBefore = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    NoticesAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    NoticesBefore = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    Compared = table.Column<string>(type: "character varying(2000)", maxLength: 2000, nullable: true),
                    ComparedAt = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Visits", x => x.PersonId);
                    table.ForeignKey(
                        name: "FK_Visits_Persons_PersonId",
                        column: x => x.PersonId,
                        principalTable: "Persons",
                        principalColumn: "Id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "IX_Runs_EmitterId_MeasuredAt",
                table: "Runs",
                columns: new[] { "EmitterId", "MeasuredAt" });

            migrationBuilder.CreateIndex(
                name: "IX_Runs_SampleId_MeasuredAt",
                table: "Runs",
                columns: new[] { "SampleId", "MeasuredAt" });

            migrationBuilder.CreateIndex(
                name: "IX_Jobs_ProjectId_EndedAt",
                table: "Jobs",
                columns: new[] { "ProjectId", "EndedAt" });

            migrationBuilder.CreateIndex(
                name: "IX_Analyses_ProjectId_EndedAt",
                table: "Analyses",
                columns: new[] { "ProjectId", "EndedAt" });

            migrationBuilder.CreateIndex(
                name: "IX_Comments_CreatedById",
                table: "Comments",
                column: "CreatedById");

            migrationBuilder.CreateIndex(
                name: "IX_Comments_DeletedAt",
                table: "Comments",
                column: "DeletedAt",
                filter: "\"DeletedAt\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_Comments_ParentId",
                table: "Comments",
                column: "ParentId");

            migrationBuilder.CreateIndex(
                name: "IX_Comments_ProjectId_CreatedAt",
                table: "Comments",
                columns: new[] { "ProjectId", "CreatedAt" });

            migrationBuilder.CreateIndex(
                name: "IX_Comments_RecordId_CreatedAt",
                table: "Comments",
                columns: new[] { "RecordId", "CreatedAt" });

            migrationBuilder.CreateIndex(
                name: "IX_Comments_ResolvedById",
                table: "Comments",
                column: "ResolvedById");

            migrationBuilder.CreateIndex(
                name: "IX_Follows_ProjectId",
                table: "Follows",
                column: "ProjectId");

            migrationBuilder.CreateIndex(
                name: "IX_Follows_RecordId",
                table: "Follows",
                column: "RecordId");

            migrationBuilder.CreateIndex(
                name: "IX_Notices_At",
                table: "Notices",
                column: "At");

            migrationBuilder.CreateIndex(
                name: "IX_Notices_ById",
                table: "Notices",
                column: "ById");

            migrationBuilder.CreateIndex(
                name: "IX_Notices_PersonId_At",
                table: "Notices",
                columns: new[] { "PersonId", "At" });

            migrationBuilder.CreateIndex(
                name: "IX_Notices_PersonId_SourceId",
                table: "Notices",
                columns: new[] { "PersonId", "SourceId" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_Notices_ProjectId",
                table: "Notices",
                column: "ProjectId");

            migrationBuilder.CreateIndex(
                name: "IX_Notices_RecordId",
                table: "Notices",
                column: "RecordId");

            migrationBuilder.CreateIndex(
                name: "IX_Notices_Unread",
                table: "Notices",
                column: "PersonId",
                filter: "\"ReadAt\" IS NULL AND \"InBell\"");

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

            migrationBuilder.AddColumn<string>(
                name: "LastAddress",
                table: "AccessTokens",
                type: "character varying(64)",
                maxLength: 64,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "LastProgram",
                table: "AccessTokens",
                type: "character varying(200)",
                maxLength: 200,
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "ProjectId",
                table: "AccessTokens",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Scope",
                table: "AccessTokens",
                type: "character varying(40)",
                maxLength: 40,
                nullable: false,
                defaultValue: "Write");

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

            migrationBuilder.DropColumn(
                name: "LastAddress",
                table: "AccessTokens");

            migrationBuilder.DropColumn(
                name: "LastProgram",
                table: "AccessTokens");

            migrationBuilder.DropColumn(
                name: "ProjectId",
                table: "AccessTokens");

            migrationBuilder.DropColumn(
                name: "Scope",
                table: "AccessTokens");

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

            migrationBuilder.DropTable(
                name: "Comments");

            migrationBuilder.DropTable(
                name: "Follows");

            migrationBuilder.DropTable(
                name: "NoticeChoices");

            migrationBuilder.DropTable(
                name: "Notices");

            migrationBuilder.DropTable(
                name: "Visits");

            migrationBuilder.DropIndex(
                name: "IX_Runs_EmitterId_MeasuredAt",
                table: "Runs");

            migrationBuilder.DropIndex(
                name: "IX_Runs_SampleId_MeasuredAt",
                table: "Runs");

            migrationBuilder.DropIndex(
                name: "IX_Jobs_ProjectId_EndedAt",
                table: "Jobs");

            migrationBuilder.DropIndex(
                name: "IX_Analyses_ProjectId_EndedAt",
                table: "Analyses");

            migrationBuilder.CreateIndex(
                name: "IX_Runs_EmitterId",
                table: "Runs",
                column: "EmitterId");

            migrationBuilder.CreateIndex(
                name: "IX_Runs_SampleId",
                table: "Runs",
                column: "SampleId");

            migrationBuilder.CreateIndex(
                name: "IX_Analyses_ProjectId",
                table: "Analyses",
                column: "ProjectId");

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

            migrationBuilder.DropTable(
                name: "InvitationUses");

            migrationBuilder.DropTable(
                name: "Presences");

            migrationBuilder.DropTable(
                name: "ShareLinks");

            migrationBuilder.DropTable(
                name: "Invitations");

            migrationBuilder.DropColumn(
                name: "IsGuest",
                table: "Persons");

            migrationBuilder.DropColumn(
                name: "IsManager",
                table: "Memberships");
        }
    }
}
