using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Access;
using PqdPortal.Web.Layout.Templates;

namespace PqdPortal.Web.Layout.Lists;

/// <summary>What lists of records ask, for pages, CSV and REST alike.</summary>
public sealed class ListQueries(IDbContextFactory<PortalDb> database, CurrentViewer me, TemplateQueries templates, TimeProvider clock)
{
    /// <summary>Rows of one page of the REST API.</summary>
    public const int PageSize = 50;

    /// <summary>Most rows that one ask brings, and most that can be chosen at once.</summary>
    public const int MostRows = 200, MostChosen = 5000;

    /// <summary>Results that are columns before the first of them was found: name and unit.</summary>
    static readonly (string Name, string Unit)[] UsualResults =
        [(StandingValue.BestG2, "1"), ("g2_0_corr", "1"), ("g2_0_raw", "1"), (NewestResults.TotalRate, "cps"), ("tau_ns", "ns"), ("on_fraction", "1"), (StandingValue.VerdictPrefix + "single_emitter", "text")];

    /// <summary>Which results stand of any record of a kind: seldom new, and the same for everybody; asked again after a while.</summary>
    static readonly ConcurrentDictionary<(string Database, string Of), (DateTimeOffset At, (string Name, string Unit)[] Names)> Found = new();
    static readonly TimeSpan While = TimeSpan.FromMinutes(1);

    /// <summary>All columns of a list: fields, counts and every result that was found.</summary>
    public async Task<IReadOnlyList<ListColumn>> Columns(RecordList list, CancellationToken stop = default)
    {
        var asked = new Dictionary<RecordKind, IReadOnlyList<ExtraColumn>>();
        foreach (var kind in Enum.GetValues<RecordKind>()) asked[kind] = await templates.Columns(kind, stop);
        IReadOnlyList<ListColumn> fields = [.. list.Columns, .. list.Extras(kind => asked[kind])];
        if (list.StandingOf is not { } of) return fields;
        await using var db = await database.CreateDbContextAsync(stop);
        var key = (db.Database.GetConnectionString() ?? "", of);
        if (!Found.TryGetValue(key, out var found) || clock.GetUtcNow() - found.At > While || clock.GetUtcNow() < found.At)
        {
            // From name to name along the index, never over its millions of rows.
            var names = await db.Database.SqlQuery<FoundResult>($"""
                WITH RECURSIVE names AS (
                    SELECT (SELECT min("Name") FROM "StandingValues" WHERE "Of" = {of}) AS name
                    UNION ALL
                    SELECT (SELECT min(v."Name") FROM "StandingValues" v WHERE v."Of" = {of} AND v."Name" > n.name) FROM names n WHERE n.name IS NOT NULL)
                SELECT n.name AS "Name", (SELECT v."Unit" FROM "StandingValues" v WHERE v."Of" = {of} AND v."Name" = n.name LIMIT 1) AS "Unit"
                FROM names n WHERE n.name IS NOT NULL
                """).ToListAsync(stop);
            found = (clock.GetUtcNow(), [.. names.Select(name => (name.Name, name.Unit ?? "1"))]);
            Found[key] = found;
        }
        return
        [
            .. fields,
            .. found.Names.Concat(UsualResults).DistinctBy(result => result.Name)
                .OrderBy(result => Array.FindIndex(UsualResults, usual => usual.Name == result.Name) is >= 0 and var at ? at : int.MaxValue).ThenBy(result => result.Name, StringComparer.Ordinal)
                .Select(result => ListColumn.Result(of, result.Name, result.Unit)),
        ];
    }

    public sealed record FoundResult(string Name, string? Unit);

    /// <summary>What an address asks, understood.</summary>
    public async Task<ListQuestion> Question(RecordList list, ListAsked asked, CancellationToken stop = default) =>
        ListQuestion.Of(list, asked, await Columns(list, stop));

    /// <summary>How many match.</summary>
    public async Task<int> Count(RecordList list, ListQuestion question, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await list.Count(db, viewer, question, stop);
    }

    /// <summary>Rows from a place on.</summary>
    /// <param name="total">How many match, where it is known: rows near the end are then asked from there.</param>
    public async Task<IReadOnlyList<ListRow>> Rows(RecordList list, ListQuestion question, int from, int count, int? total, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var ids = await list.Ids(db, viewer, question, Math.Max(0, from), Math.Clamp(count, 1, MostRows), total, stop);
        return await list.Rows(db, viewer, question, ids, stop);
    }

    /// <summary>Ids of all that match, in order, up to as many as can be chosen at once.</summary>
    public async Task<IReadOnlyList<Guid>> Matching(RecordList list, ListQuestion question, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await list.Ids(db, viewer, question, 0, MostChosen, null, stop);
    }

    /// <summary>Ids of the rows from a place on, for choosing a stretch of them.</summary>
    public async Task<IReadOnlyList<Guid>> Between(RecordList list, ListQuestion question, int from, int count, int total, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await list.Ids(db, viewer, question, from, Math.Clamp(count, 1, MostChosen), total, stop);
    }

    /// <summary>How many records and results came since a moment.</summary>
    public async Task<int> Since(RecordList list, ListQuestion question, DateTimeOffset moment, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await list.Since(db, viewer, question, moment, stop);
    }

    /// <summary>Every row that matches, a few hundred at a time: for a file. A right that ends meanwhile ends the file.</summary>
    public async IAsyncEnumerable<ListRow> All(RecordList list, ListQuestion question, [EnumeratorCancellation] CancellationToken stop = default)
    {
        List<Guid> ids;
        await using (var db = await database.CreateDbContextAsync(stop))
            ids = await list.Ids(db, await me.Get(stop), question, 0, int.MaxValue, null, stop);
        foreach (var part in ids.Chunk(500))
        {
            await using var db = await database.CreateDbContextAsync(stop);
            foreach (var row in await list.Rows(db, await me.Get(stop), question, part, stop)) yield return row;
        }
    }

    /// <summary>The time of the database's writers.</summary>
    public DateTimeOffset Now => clock.GetUtcNow();
}
