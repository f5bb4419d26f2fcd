using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;
using PqdPortal.Data;

namespace PqdPortal.Portal.Tests.Postgres;

public class MigrationTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    [Fact]
    public async Task The_migrations_make_the_database_that_the_records_describe()
    {
        await using var db = database.CreateDbContext();

        Assert.False(db.Database.HasPendingModelChanges(), "The records changed and no migration says so; see docs/guide/migrations.md.");
        Assert.Empty(await db.Database.GetPendingMigrationsAsync());
    }

    /// <summary>A batch knew one other that it was made from; now it knows several, and how.</summary>
    [Fact]
    public async Task The_one_parent_of_a_batch_of_an_older_portal_is_the_first_of_several_and_the_way_back_keeps_it()
    {
        var empty = await TestServer.NewDatabase();
        try
        {
            await using var db = new PortalDb((DbContextOptions<PortalDb>)new DbContextOptionsBuilder<PortalDb>().UsePortalDatabase(empty).Options);
            await db.Database.ExecuteSqlRawAsync("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
            var migrator = db.GetService<IMigrator>();
            await migrator.MigrateAsync("FilesSayHowTheyWereRead");
            Guid project = Guid.NewGuid(), first = Guid.NewGuid(), second = Guid.NewGuid(), own = Guid.NewGuid();
            await Insert(db, "Projects", ("Id", project), ("Code", "ZN"), ("Name", "Zn series"), ("NextBatch", 4));
            foreach (var (id, code, from) in ((Guid, string, Guid?)[])[(first, "ZN-0001", null), (second, "ZN-0002", first), (own, "ZN-0003", own)])
                await Insert(db, "Batches", ("Id", id), ("ProjectId", project), ("Code", code), ("Name", "batch"), ("Formula", "CsPbBr3"), ("ParentId", from));

            await db.Database.MigrateAsync();

            var parent = Assert.Single(await db.BatchParents.ToListAsync());
            Assert.Equal((second, first), (parent.BatchId, parent.ParentId));

            await migrator.MigrateAsync("FilesSayHowTheyWereRead");

            Assert.Equal([first], await db.Database.SqlQueryRaw<Guid>("SELECT \"ParentId\" AS \"Value\" FROM \"Batches\" WHERE \"ParentId\" IS NOT NULL").ToListAsync());
        }
        finally
        {
            await TestServer.DropDatabase(empty);
        }
    }

    /// <summary>A row of an older portal: every column that may not be empty and is not named here gets what is empty of its type.</summary>
    static async Task Insert(PortalDb db, string table, params (string Column, object? Value)[] values)
    {
        var rest = await db.Database.SqlQuery<string>($"""
            SELECT column_name || ' ' || data_type AS "Value" FROM information_schema.columns
            WHERE table_name = {table} AND is_nullable = 'NO' AND column_default IS NULL AND is_generated = 'NEVER' AND is_identity = 'NO'
            """).ToListAsync();
        List<(string Column, object? Value)> all = [.. values];
        foreach (var column in rest.Select(told => told.Split(' ', 2)).Where(column => values.All(value => value.Column != column[0])))
            all.Add((column[0], column[1] switch
            {
                "boolean" => false,
                "integer" => 0,
                "timestamp with time zone" => DateTimeOffset.UnixEpoch,
                "jsonb" => "{}",
                _ => "",
            }));
        var names = string.Join(", ", all.Select(one => $"\"{one.Column}\""));
        var places = string.Join(", ", all.Select((one, i) => rest.Contains($"{one.Column} jsonb") ? $"${i + 1}::jsonb" : $"${i + 1}"));
        await using var connection = new NpgsqlConnection(db.Database.GetConnectionString());
        await connection.OpenAsync();
        await using var insert = new NpgsqlCommand($"INSERT INTO \"{table}\" ({names}) VALUES ({places})", connection);
        foreach (var (_, value) in all) insert.Parameters.Add(new() { Value = value ?? DBNull.Value });
        await insert.ExecuteNonQueryAsync();
    }
}
