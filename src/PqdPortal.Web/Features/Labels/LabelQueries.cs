using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Labels;

/// <summary>What stands on the labels of batches, samples and dots, and what a scanned code leads to.</summary>
public sealed class LabelQueries(IDbContextFactory<PortalDb> database, CurrentViewer me)
{
    /// <summary>As many labels are printed at once.</summary>
    public const int Most = 650;

    /// <summary>The labels of these codes in their order, of those the viewer sees.</summary>
    /// <param name="withDots">The dots of the samples among them, too.</param>
    public async Task<IReadOnlyList<Label>> Of(IReadOnlyList<string> codes, bool withDots, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        string[] asked = [.. codes.Take(Most)];
        var batches = await db.Batches.VisibleTo(viewer).Where(b => asked.Contains(b.Code))
            .Select(b => new Label("b", b.Code, b.Name, b.Formula, b.SynthesisedOn == null ? b.CreatedAt : b.SynthesisedOn.Value.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc), b.Code)).ToListAsync(stop);
        var samples = await db.Samples.VisibleTo(viewer).Where(s => asked.Contains(s.Code))
            .Select(s => new Label("s", s.Code, s.Name, s.Batch.Formula, s.PreparedAt ?? s.CreatedAt, s.Code)).ToListAsync(stop);
        var dots = await db.Emitters.VisibleTo(viewer).Where(e => asked.Contains(e.Code) || withDots && asked.Contains(e.Sample.Code) && e.Sample.DeletedAt == null)
            .OrderBy(e => e.Code).Take(Most)
            .Select(e => new Label("d", e.Code, e.Label, e.Sample.Batch.Formula, e.CreatedAt, e.Sample.Code)).ToListAsync(stop);
        var places = asked.Index().DistinctBy(one => one.Item).ToDictionary(one => one.Item, one => one.Index);
        return [.. batches.Concat(samples).Concat(dots)
            .OrderBy(label => places.GetValueOrDefault(label.Code, places.GetValueOrDefault(label.Under, int.MaxValue))).ThenBy(label => label.Road != "s").ThenBy(label => label.Code, StringComparer.Ordinal).Take(Most)];
    }

    /// <summary>What a scanned or typed code leads to; null where there is nothing for this viewer.</summary>
    /// <param name="scanned">A code, or an address of this portal that ends with one.</param>
    public async Task<Label?> Find(string scanned, CancellationToken stop = default)
    {
        var code = scanned.Trim();
        if (Uri.TryCreate(code, UriKind.Absolute, out var address) && address.Scheme is "http" or "https") code = Uri.UnescapeDataString(address.Segments[^1].Trim('/'));
        code = code.ToUpperInvariant();
        return code.Length is 0 or > 60 ? null : (await Of([code], withDots: false, stop)).FirstOrDefault();
    }
}

/// <summary>One label.</summary>
/// <param name="Road">First part of the address: b, s or d.</param>
/// <param name="At">When it was made or prepared.</param>
/// <param name="Under">What it was asked by: its own code, or its sample's.</param>
public sealed record Label(string Road, string Code, string Name, string Formula, DateTimeOffset At, string Under)
{
    public string Address => $"{Road}/{Uri.EscapeDataString(Code)}";
}
