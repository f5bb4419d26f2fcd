using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Layout.Fields;

/// <summary>Records beside one another whose names cannot be told apart by eye.</summary>
public sealed class NameLooksQueries(IDbContextFactory<PortalDb> database, CurrentViewer me)
{
    /// <summary>As many are named.</summary>
    public const int Most = 3;

    /// <summary>Others of the same place whose name looks like this one's, the newest first.</summary>
    /// <param name="record">A batch among those of its project, a sample among those of its batch; other records have no name to mistake.</param>
    public async Task<IReadOnlyList<NamedAlike>> Like(ProjectRecord record, string name, CancellationToken stop = default)
    {
        if (string.IsNullOrWhiteSpace(name)) return [];
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var others = record switch
        {
            Batch batch => db.Batches.VisibleTo(viewer).Where(b => b.ProjectId == batch.ProjectId && b.Id != batch.Id).OrderByDescending(b => b.CreatedAt).Select(b => new NamedAlike(b.Code, b.Name, "b/" + b.Code)),
            Sample sample => db.Samples.VisibleTo(viewer).Where(s => s.BatchId == sample.BatchId && s.Id != sample.Id).OrderByDescending(s => s.CreatedAt).Select(s => new NamedAlike(s.Code, s.Name, "s/" + s.Code)),
            _ => null,
        };
        if (others is null) return [];
        var look = NameLooks.Of(name);
        var alike = new List<NamedAlike>();
        await foreach (var other in others.AsAsyncEnumerable().WithCancellation(stop))
        {
            if (NameLooks.Of(other.Name) == look) alike.Add(other);
            if (alike.Count == Most) break;
        }
        return alike;
    }
}

/// <summary>A record of a name that looks the same.</summary>
public sealed record NamedAlike(string Code, string Name, string Address);
