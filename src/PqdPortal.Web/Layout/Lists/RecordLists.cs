using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;

namespace PqdPortal.Web.Layout.Lists;

/// <summary>All lists, one line each.</summary>
public static class RecordLists
{
    public static readonly IReadOnlyList<RecordList> All = [BatchColumns.List, SampleColumns.List, DotColumns.List, RunColumns.List];

    public static RecordList? Find(string key) => All.FirstOrDefault(list => list.Key == key);

    /// <summary>Most records above or beside that lead to rows: more would be no search any more.</summary>
    const int MostAbove = 20_000;

    /// <summary>Ids of the batches that hold a pattern in code, name or formula.</summary>
    internal static Task<Guid[]> BatchesHolding(PortalDb db, Viewer viewer, string pattern, CancellationToken stop) => db.Batches.VisibleTo(viewer)
        .Where(b => EF.Functions.ILike(b.Code, pattern, Like.Escape) || EF.Functions.ILike(b.Name, pattern, Like.Escape) || EF.Functions.ILike(b.Formula, pattern, Like.Escape)).Select(b => b.Id).Take(MostAbove).ToArrayAsync(stop);

    /// <summary>Ids of the samples that hold it in code or name, or lie in such a batch.</summary>
    internal static async Task<Guid[]> SamplesHolding(PortalDb db, Viewer viewer, string pattern, CancellationToken stop)
    {
        var batches = await BatchesHolding(db, viewer, pattern, stop);
        return await db.Samples.VisibleTo(viewer).Where(s => EF.Functions.ILike(s.Code, pattern, Like.Escape) || EF.Functions.ILike(s.Name, pattern, Like.Escape) || batches.Contains(s.BatchId)).Select(s => s.Id).Take(MostAbove).ToArrayAsync(stop);
    }

    /// <summary>Ids of the dots that hold it in their code.</summary>
    internal static Task<Guid[]> DotsHolding(PortalDb db, Viewer viewer, string pattern, CancellationToken stop) =>
        db.Emitters.VisibleTo(viewer).Where(e => EF.Functions.ILike(e.Code, pattern, Like.Escape)).Select(e => e.Id).Take(MostAbove).ToArrayAsync(stop);

    /// <summary>The code of a record above, under a name of its own.</summary>
    internal static ListColumn CodeOf(IReadOnlyList<ListColumn> of, string key, string title) => of.First(column => column.Key == "code") with { Key = key, Title = title };

    /// <summary>The fields of a record above that say something of what lies below it.</summary>
    internal static IEnumerable<ListColumn> Above(IReadOnlyList<ListColumn> of) => of.Where(column => column.Key is not ("code" or "project" or "created_at" or "simulated"));
}
