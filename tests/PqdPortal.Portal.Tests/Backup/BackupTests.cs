using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;
using PqdPortal.Data;
using PqdPortal.Data.Backup;
using PqdPortal.Data.Files;
using PqdPortal.Data.Postgres;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Uploads;

namespace PqdPortal.Portal.Tests.Backup;

/// <summary>Backup and restore between databases of a server that is not the portal's own; with the portal's own and its processes see the survival tests.</summary>
public sealed class BackupTests(DatabaseFixture source) : IClassFixture<DatabaseFixture>, IAsyncLifetime
{
    readonly DataFolder _folder = TestServer.NewFolder("backup");
    readonly List<string> _databases = [];

    string Place => Path.Combine(_folder.Path, "kept");

    LocalFolderStore Store => new(source.Folder.Make("files"));

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var database in _databases) await TestServer.DropDatabase(database);
        Directory.Delete(_folder.Path, recursive: true);
    }

    [Fact]
    public async Task What_was_backed_up_comes_back_row_for_row_and_byte_for_byte()
    {
        var run = await Run("Spektrum \t\\ \n \u0001 α.ptu");
        await Do(source.ConnectionString, "INSERT INTO \"Organisations\" (\"Id\", \"Name\", \"CreatedAt\") VALUES (gen_random_uuid(), E'Lab\\twith\\\\all\\n\"of\" it', '2026-03-29 01:59:59.123456+00')");
        var key = Path.Combine(source.Folder.Make("keys"), "key-1.xml");
        await File.WriteAllTextAsync(key, "<key/>");

        var made = await Make();
        var target = await Target();
        await Restore(target);

        foreach (var table in made.Manifest.Tables)
            Assert.Equal(await Rows(source.ConnectionString, table.Name), await Rows(target.Database, table.Name));
        Assert.True(made.Manifest.Tables.Count >= 20);
        Assert.Equal(await File.ReadAllBytesAsync(Store.PathOf(run)), await File.ReadAllBytesAsync(new LocalFolderStore(Path.Combine(target.Folder, "files")).PathOf(run)));
        Assert.Equal("<key/>", await File.ReadAllTextAsync(Path.Combine(target.Folder, "keys", "key-1.xml")));
        // The next event gets a number of its own: the sequence went on where it was.
        await Do(target.Database, "INSERT INTO \"AuditEvents\" (\"At\", \"Record\", \"RecordId\", \"Action\", \"Changes\") VALUES (now(), 'Run', gen_random_uuid(), 'made', '{}')");
    }

    [Fact]
    public async Task A_second_backup_copies_only_what_is_new_and_the_first_stays_as_it_was()
    {
        var first = await Run("one.ptu");
        var before = await Make();
        var second = await Run("two.ptu");
        var after = await Make();

        Assert.Equal(1, after.Copied);
        Assert.Equal(before.Manifest.Files.Count + 1, after.Manifest.Files.Count);
        var folder = BackupFolder.Find(Place);
        Assert.Equal(2, folder.Whole().Count);
        Assert.Empty((await BackupCheck.Check(folder, Path.GetFileName(before.Snapshot), _ => { })).Damage);
        Assert.DoesNotContain(before.Manifest.Files, file => file.Sha256 == second);
        Assert.Contains(before.Manifest.Files, file => file.Sha256 == first);
    }

    [Fact]
    public async Task Older_snapshots_are_pruned_with_the_files_that_only_they_had()
    {
        var goes = await Run("goes.ptu");
        await Make();
        await using (var db = source.CreateDbContext())
        {
            await db.RunFiles.Where(file => file.Sha256 == goes).ExecuteDeleteAsync();
            await db.StoredFiles.Where(file => file.Sha256 == goes).ExecuteDeleteAsync();
        }
        var stays = await Run("stays.ptu");

        var made = await Make(keep: 1);

        Assert.Equal((1, 1), (made.SnapshotsGone, made.FilesGone));
        Assert.Equal([Path.GetFileName(made.Snapshot)], BackupFolder.Find(Place).Whole());
        Assert.False(File.Exists(Kept(goes)));
        Assert.True(File.Exists(Kept(stays)));
    }

    [Theory]
    [InlineData("table")]
    [InlineData("file")]
    [InlineData("missing")]
    [InlineData("manifest")]
    [InlineData("unfinished")]
    public async Task A_damaged_backup_is_refused_by_the_name_of_what_is_damaged_and_nothing_is_written(string what)
    {
        var run = await Run("dot.ptu");
        var made = await Make();
        var (broken, named) = what switch
        {
            "table" => (Path.Combine(made.Snapshot, "tables", "Runs.tsv.gz"), "Runs.tsv.gz is not what was written"),
            "manifest" => (Path.Combine(made.Snapshot, "manifest.json"), "manifest.json is not what was written"),
            "missing" => (Kept(run), run + " is missing"),
            "unfinished" => (Path.Combine(made.Snapshot, "manifest.json"), "manifest.json is missing"),
            _ => (Kept(run), run + " is not what was written"),
        };
        File.SetAttributes(broken, FileAttributes.Normal);
        if (what is "missing" or "unfinished") File.Delete(broken);
        else
        {
            // One bit, in the middle; lengths stay as they are.
            var bytes = await File.ReadAllBytesAsync(broken);
            bytes[bytes.Length / 2] ^= 1;
            await File.WriteAllBytesAsync(broken, bytes);
        }
        var target = await Target();

        var trouble = await Assert.ThrowsAsync<BackupTrouble>(() => Restore(target));

        Assert.True(trouble.IsDamage);
        Assert.Contains(named, trouble.Message);
        Assert.Empty(await Rows(target.Database, "StoredFiles"));
        Assert.False(Directory.Exists(Path.Combine(target.Folder, "files")) && Directory.EnumerateFiles(Path.Combine(target.Folder, "files"), "*", SearchOption.AllDirectories).Any());
    }

    [Fact]
    public async Task A_damaged_copy_of_a_file_is_copied_again_when_asked_to_read_it()
    {
        var run = await Run("dot.ptu");
        await Make();
        File.SetAttributes(Kept(run), FileAttributes.Normal);
        var bytes = await File.ReadAllBytesAsync(Kept(run));
        bytes[0] ^= 1;
        await File.WriteAllBytesAsync(Kept(run), bytes);

        var made = await Make(readAgain: true);

        Assert.Equal(1, made.Copied);
        Assert.Empty((await BackupCheck.Check(BackupFolder.Find(Place), null, _ => { })).Damage);
    }

    [Fact]
    public async Task A_file_that_the_store_has_lost_or_changed_is_named_and_everything_else_is_backed_up()
    {
        var (lost, changed, whole) = (await Run("lost.ptu"), await Run("changed.ptu"), await Run("whole.ptu"));
        foreach (var file in (string[])[lost, changed]) File.SetAttributes(Store.PathOf(file), FileAttributes.Normal);
        var kept = await File.ReadAllBytesAsync(Store.PathOf(lost));
        File.Delete(Store.PathOf(lost));
        var bytes = await File.ReadAllBytesAsync(Store.PathOf(changed));
        bytes[5] ^= 8;
        await File.WriteAllBytesAsync(Store.PathOf(changed), bytes);
        try
        {
            var made = await Make();

            Assert.Equal([.. new[] { lost, changed }.Order()], made.Manifest.Lost.Select(file => file.Sha256).Order());
            Assert.Contains(made.Manifest.Files, file => file.Sha256 == whole);
            Assert.DoesNotContain(made.Manifest.Files, file => file.Sha256 == lost || file.Sha256 == changed);
            Assert.Empty((await BackupCheck.Check(BackupFolder.Find(Place), null, _ => { })).Damage);
        }
        finally
        {
            bytes[5] ^= 8;
            await File.WriteAllBytesAsync(Store.PathOf(changed), bytes);
            await File.WriteAllBytesAsync(Store.PathOf(lost), kept);
        }
    }

    [Fact]
    public async Task A_backup_at_the_first_age_of_the_database_is_restored_and_brought_up_to_date()
    {
        var old = await Database();
        await using (var db = Context(old))
        {
            // The portal of the first day: its tables, its columns.
            await Do(old, "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
            await db.GetService<IMigrator>().MigrateAsync(db.Database.GetMigrations().First());
        }
        await Do(old, "INSERT INTO \"Organisations\" (\"Id\", \"Name\", \"CreatedAt\") VALUES (gen_random_uuid(), 'Lab of the first day', now())");
        var made = await Make(old);
        Assert.Single(made.Manifest.Migrations);
        var target = await Target();

        await Restore(target);

        await using var restored = Context(target.Database);
        Assert.Empty(await restored.Database.GetPendingMigrationsAsync());
        Assert.Equal("Lab of the first day", (await restored.Organisations.SingleAsync()).Name);
    }

    [Fact]
    public async Task A_backup_of_a_newer_portal_is_refused_before_anything_is_written()
    {
        var made = await Make();
        var path = Path.Combine(made.Snapshot, "manifest.json");
        var text = (await File.ReadAllTextAsync(path)).Replace(made.Manifest.Migrations[^1], "29990101000000_FromTheFuture");
        await File.WriteAllTextAsync(path, text);
        await File.WriteAllTextAsync(path + ".sha256", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))) + "  manifest.json\n");
        var target = await Target();

        var trouble = await Assert.ThrowsAsync<BackupTrouble>(() => Restore(target));

        Assert.Contains("29990101000000_FromTheFuture", trouble.Message);
        Assert.Contains("newer portal", trouble.Message);
    }

    [Fact]
    public async Task A_restore_into_a_portal_with_records_is_refused_and_changes_nothing()
    {
        await Run("dot.ptu");
        await Make();
        var target = await Target();
        await Do(target.Database, "INSERT INTO \"Organisations\" (\"Id\", \"Name\", \"CreatedAt\") VALUES (gen_random_uuid(), 'Somebody else', now())");

        var trouble = await Assert.ThrowsAsync<BackupTrouble>(() => Restore(target));

        Assert.Contains("not empty: its table Organisations has 1 rows", trouble.Message);
        Assert.Single(await Rows(target.Database, "Organisations"));
        Assert.Empty(await Rows(target.Database, "Runs"));
    }

    [Fact]
    public async Task A_restore_while_somebody_is_connected_is_refused()
    {
        await Make();
        var target = await Target();
        await using var portal = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(target.Database) { Pooling = false, ApplicationName = "a portal" }.ConnectionString);
        await portal.OpenAsync();

        var trouble = await Assert.ThrowsAsync<BackupTrouble>(() => Restore(target));

        Assert.Contains("(a portal)", trouble.Message);
    }

    [Fact]
    public async Task An_upload_that_was_on_its_way_ends_in_words_when_it_is_restored()
    {
        var ana = await source.Person();
        var project = await source.Project(ana);
        await using (var db = source.CreateDbContext())
        {
            db.Uploads.Add(new Upload { ProjectId = project.Id, OwnerId = ana.Id, FileName = "half.ptu", Length = 100, Offset = 50, ExpiresAt = DateTimeOffset.UtcNow.AddDays(1) });
            await db.SaveChangesAsync();
        }
        var made = await Make();
        var target = await Target();

        await Restore(target);

        Assert.Equal(1, made.Manifest.UploadsOnTheirWay);
        await using (var db = source.CreateDbContext()) await db.Uploads.ExecuteDeleteAsync(); // the other tests' portal is at rest
        await using var restored = Context(target.Database);
        var upload = await restored.Uploads.SingleAsync(upload => upload.FileName == "half.ptu");
        Assert.Equal(UploadState.Failed, upload.State);
        Assert.Contains("Begin it again", upload.Message);
    }

    [Fact]
    public async Task Files_may_not_be_removed_while_a_backup_copies()
    {
        await Run("kept.ptu");
        List<bool> answers = [];
        await using (var home = Home(source.ConnectionString, source.Folder.Path))
            await new PortalBackup(home, TimeProvider.System).Make(Place, null, false, _ => answers.Add(Task.Run(MayRemove).GetAwaiter().GetResult()));
        Assert.NotEmpty(answers);
        Assert.DoesNotContain(true, answers);

        for (var tries = 0; !await MayRemove(); tries++)
        {
            Assert.True(tries < 100);
            await Task.Delay(50);
        }
    }

    [Fact]
    public async Task A_second_backup_into_the_same_folder_waits_for_no_turn_and_says_so()
    {
        List<string> said = [];
        await using var home = Home(source.ConnectionString, source.Folder.Path);

        await new PortalBackup(home, TimeProvider.System).Make(Place, null, false,
            _ => said.Add(Task.Run(() => Assert.ThrowsAsync<BackupTrouble>(() => Make())).GetAwaiter().GetResult().Message));

        Assert.NotEmpty(said);
        Assert.All(said, words => Assert.Contains("Another backup into", words));
        Assert.Single(BackupFolder.Find(Place).Whole());
    }

    [Theory]
    [InlineData("in the data folder")]
    [InlineData("full of something else")]
    public async Task A_folder_that_is_no_place_for_a_backup_is_refused_and_left_alone(string kind)
    {
        var place = kind == "in the data folder" ? Path.Combine(source.Folder.Path, "backup") : Place;
        if (kind != "in the data folder")
        {
            Directory.CreateDirectory(place);
            await File.WriteAllTextAsync(Path.Combine(place, "thesis.tex"), "years");
        }

        var trouble = await Assert.ThrowsAsync<BackupTrouble>(() => Make(place: place));

        Assert.Contains(kind == "in the data folder" ? "lies inside" : "is not empty", trouble.Message);
        Assert.Equal(kind == "in the data folder" ? [] : ["thesis.tex"], Directory.Exists(place) ? Directory.EnumerateFileSystemEntries(place).Select(entry => Path.GetFileName(entry)) : []);
    }

    [Fact]
    public async Task What_the_backup_says_of_the_settings_holds_no_secret()
    {
        var made = await Make(settings: new() { ["Portal:Files:SecretKey"] = "s3cret", ["Portal:Files:AccessKey"] = "s3name", ["Portal:Web:PathBase"] = "/pqd" });

        Assert.Equal("/pqd", made.Manifest.Settings["Portal:Web:PathBase"]);
        var text = await File.ReadAllTextAsync(Path.Combine(made.Snapshot, "manifest.json"));
        Assert.DoesNotContain("s3cret", text);
        Assert.DoesNotContain("s3name", text);
    }

    // --- a portal elsewhere

    sealed record Elsewhere(string Database, string Folder);

    async Task<Elsewhere> Target() => new(await Database(), _folder.Make("target-" + Guid.NewGuid().ToString("N")[..6]));

    async Task<string> Database()
    {
        var database = await TestServer.NewDatabase();
        _databases.Add(database);
        return database;
    }

    async Task<BackupMade> Make(string? database = null, int? keep = null, bool readAgain = false, string? place = null, Dictionary<string, string?>? settings = null)
    {
        await using var home = Home(database ?? source.ConnectionString, source.Folder.Path, settings);
        return await new PortalBackup(home, TimeProvider.System).Make(place ?? Place, keep, readAgain, _ => { });
    }

    async Task Restore(Elsewhere target)
    {
        await using var home = Home(target.Database, target.Folder);
        await new PortalRestore(home, TimeProvider.System).Restore(Place, null, _ => { });
    }

    static PortalHome Home(string database, string folder, Dictionary<string, string?>? settings = null) => PortalHome.Of(AppContext.BaseDirectory,
        new Dictionary<string, string?>(settings ?? []) { [DatabaseOptions.Key] = database, [DataFolder.Key] = folder, ["Portal:Files:Folder"] = Path.Combine(folder, "files") }, mayBeMade: true);

    static PortalDb Context(string database) => new((DbContextOptions<PortalDb>)new DbContextOptionsBuilder<PortalDb>()
        .UsePortalDatabase(new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ConnectionString).Options);

    /// <summary>A run with a file of its own, in the store and in the records.</summary>
    /// <returns>The file's hash.</returns>
    async Task<string> Run(string name)
    {
        var ana = await source.Person();
        var project = await source.Project(ana);
        var stored = await Store.Save(new MemoryStream(RandomNumberGenerator.GetBytes(50_000)));
        await using var db = source.CreateDbContext();
        db.Actor = ana.Id;
        db.StoredFiles.Add(new StoredFile { Sha256 = stored.Sha256, Length = stored.Length });
        db.Runs.Add(new Run { ProjectId = project.Id, Name = name, BackgroundRates = [0.1, 1e-300], Files = [new RunFile { Sha256 = stored.Sha256, Name = name, Summary = """{"a": "\t\\ \"x\""}""" }] });
        await db.SaveChangesAsync();
        return stored.Sha256;
    }

    string Kept(string sha256) => new LocalFolderStore(Path.Combine(Place, "files")).PathOf(sha256);

    async Task<bool> MayRemove()
    {
        await using var connection = new NpgsqlConnection(source.ConnectionString);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var ask = new NpgsqlCommand(FilesStay.MayRemove, connection);
        return (bool)(await ask.ExecuteScalarAsync())!;
    }

    static async Task<List<string>> Rows(string database, string table)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var ask = new NpgsqlCommand($"SELECT t::text FROM \"{table}\" t ORDER BY 1", connection);
        await using var rows = await ask.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await rows.ReadAsync()) lines.Add(rows.GetString(0));
        return lines;
    }

    static async Task Do(string database, string command)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var ask = new NpgsqlCommand(command, connection);
        await ask.ExecuteNonQueryAsync();
    }
}
