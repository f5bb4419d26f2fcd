using Microsoft.EntityFrameworkCore;
using PqdPortal.Analysis.Composition;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Layout.Composition;

/// <summary>The batches whose composition is known, as the viewer may see them.</summary>
public sealed class CompositionQueries(IDbContextFactory<PortalDb> database, CurrentViewer me)
{
    /// <summary>As many are looked at, the newest.</summary>
    public const int Most = 5000;

    /// <summary>All of them; by the measured composition where there is one.</summary>
    public async Task<IReadOnlyList<KnownBatch>> All(CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        return await db.Batches.VisibleTo(viewer).Where(batch => batch.Canonical != null || batch.MeasuredCanonical != null)
            .OrderByDescending(batch => batch.CreatedAt).Take(Most)
            .Select(batch => new KnownBatch(batch.Id, batch.Code, batch.Name, (batch.MeasuredCanonical ?? batch.Canonical)!, batch.MeasuredCanonical != null,
                batch.EdgeLength, batch.EmissionPeak, batch.Ligand, batch.Method, batch.Simulated))
            .ToListAsync(stop);
    }

    /// <summary>Of a batch, what it is compared by; null where there is none for the viewer, or its composition is not known.</summary>
    public static BatchTraits? Traits(KnownBatch batch) => CompositionParser.Read(batch.Key).Formula is not { } formula ? null
        : new(formula, batch.EdgeLength, LigandOf(batch.Ligand), batch.Method == SynthesisMethod.NotRecorded ? null : batch.Method.ToString());

    /// <summary>The batches that lie nearest to one of them, the nearest first.</summary>
    public static IReadOnlyList<NearBatch> Near(IReadOnlyList<KnownBatch> all, Guid to, BatchScales scales, int count)
    {
        if (all.FirstOrDefault(batch => batch.Id == to) is not { } here || Traits(here) is not { } mine) return [];
        // The same formula many times is read once.
        var formulas = all.Select(batch => batch.Key).Distinct().ToDictionary(key => key, key => CompositionParser.Read(key).Formula);
        return [.. all.Where(batch => batch.Id != to && formulas[batch.Key] is not null)
            .Select(batch => new NearBatch(batch, BatchDistance.Between(mine, new(formulas[batch.Key]!, batch.EdgeLength, LigandOf(batch.Ligand), batch.Method == SynthesisMethod.NotRecorded ? null : batch.Method.ToString()), scales)))
            // A batch of unknown size is no better match than one that is known to be near.
            .OrderBy(near => near.Distance.Value).ThenBy(near => near.Distance.Flags.Count).ThenBy(near => near.Batch.Code, StringComparer.Ordinal).Take(count)];
    }

    /// <summary>The sizing curve of the batches of one composition; null where fewer than five were measured.</summary>
    public static SizingCurve? Curve(IReadOnlyList<KnownBatch> all, string key)
    {
        var points = all.Where(batch => batch.Key == key && !batch.Simulated && batch is { EdgeLength: > 0, EmissionPeak: > 0 })
            .Select(batch => (batch.EdgeLength!.Value, PerovskiteConstants.Hc / batch.EmissionPeak!.Value)).ToArray();
        if (points.Length < SizingCurve.FewestPairs || CompositionParser.Read(key).Formula is not { } formula) return null;
        return SizingCurve.Fit(points, EmissionEstimate.Of(formula, null).Bulk);
    }

    /// <summary>Names of the ligands without their amounts.</summary>
    static string? LigandOf(string? recipe) => string.IsNullOrWhiteSpace(recipe) ? null
        : string.Join("; ", Ingredient.Read(recipe).Select(one => one.Name.ToLowerInvariant()).Order(StringComparer.Ordinal));
}

/// <summary>A batch whose composition is known.</summary>
/// <param name="Key">Canonical form with dopants of unknown amount, of the measured formula where there is one.</param>
/// <param name="EdgeLength">[nm]</param>
/// <param name="EmissionPeak">[nm]</param>
public sealed record KnownBatch(Guid Id, string Code, string Name, string Key, bool IsMeasured, double? EdgeLength, double? EmissionPeak, string? Ligand, SynthesisMethod Method, bool Simulated);

/// <summary>A batch and how far away it is.</summary>
public sealed record NearBatch(KnownBatch Batch, BatchDistance Distance);
