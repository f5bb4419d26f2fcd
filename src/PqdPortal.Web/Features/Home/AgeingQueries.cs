using Microsoft.EntityFrameworkCore;
using PqdPortal.Analysis;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Analyses;
using PqdPortal.Data.Runs;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Features.Home;

/// <summary>How dots and samples age: what changed where a measurement was repeated on a later day, and which batches nobody measures any more.</summary>
public sealed class AgeingQueries(IDbContextFactory<PortalDb> database, CurrentViewer me, TimeProvider clock)
{
    /// <summary>As many of the newest measurements of each project are looked at for a repeat.</summary>
    public const int MostRuns = 100;

    /// <summary>Batches made last of each project that are looked at.</summary>
    public const int MostBatches = 100;

    const int MostShown = 6;

    /// <summary>A batch that was not measured for so long is told of, unless the address says otherwise [d].</summary>
    public const int UsualDays = 30;

    /// <summary>The quantities that are held against each other, by the names they stand under; the better ones first.</summary>
    static readonly IReadOnlyList<(string Label, IReadOnlyList<string> Names)> Compared =
    [
        ("g2(0)", [StandingValue.BestG2]),
        ("τ", ["tau_ns", "tau_amp_ns"]),
        ("emission", ["lambda_0_nm"]),
        ("FWHM", ["fwhm_0_meV"]),
        ("ON", ["on_fraction"]),
    ];

    public async Task<Ageing> Now(int days = UsualDays, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var projects = await db.SeenProjects(viewer, stop);
        var repeats = await db.Repeats(projects, MostRuns, stop);
        var (changes, compared) = await Changes(db, viewer, repeats, stop);
        var idle = await db.IdleBatches(projects, clock.GetUtcNow().AddDays(-Math.Clamp(days, 1, 3650)), MostBatches, MostShown, stop);
        var ids = idle.Select(one => one.Batch).ToArray();
        var batches = await db.Batches.VisibleTo(viewer).Where(batch => ids.Contains(batch.Id))
            .Select(batch => new { batch.Id, batch.Code, batch.Name, Formula = batch.MeasuredFormula ?? batch.Formula, batch.Simulated }).ToDictionaryAsync(batch => batch.Id, stop);
        return new(changes, compared, [.. idle.Where(one => batches.ContainsKey(one.Batch))
            .Select(one => batches[one.Batch] is var batch ? new IdleBatch(batch.Code, batch.Name, batch.Formula, batch.Simulated, one.At) : null!)]);
    }

    static async Task<(IReadOnlyList<Changed> Shown, int Compared)> Changes(PortalDb db, Viewer viewer, IReadOnlyList<Repeat> repeats, CancellationToken stop)
    {
        if (repeats.Count == 0) return ([], 0);
        // Of each dot or sample the newest pair.
        var pairs = repeats.OrderByDescending(pair => pair.NowAt).DistinctBy(pair => pair.Dot ?? pair.Sample).ToList();
        var ids = pairs.SelectMany(pair => new[] { pair.Now, pair.Before }).ToArray();
        var names = Compared.SelectMany(one => one.Names).ToArray();
        var runs = await db.Runs.VisibleTo(viewer).Where(run => ids.Contains(run.Id))
            .Select(run => new AgedRun(run.Id, run.Emitter!.Code, run.Sample!.Code, run.Simulated, run.Temperature, run.Power, run.Fluence, run.ExcitationWavelength, run.Atmosphere)).ToDictionaryAsync(run => run.Id, stop);
        var values = (await db.StandingValues.Where(value => value.Of == StandingValue.OfRun && ids.Contains(value.RecordId) && names.Contains(value.Name) && value.Value != null).AsNoTracking().ToListAsync(stop))
            .ToDictionary(value => (value.RecordId, value.Name));
        var compared = 0;
        List<Changed> changes = [];
        foreach (var pair in pairs)
        {
            if (!runs.TryGetValue(pair.Now, out var now) || !runs.TryGetValue(pair.Before, out var before)) continue;
            foreach (var (label, alike) in Compared)
            {
                var both = alike.Select(name => (Now: values.GetValueOrDefault((pair.Now, name)), Before: values.GetValueOrDefault((pair.Before, name))))
                    .FirstOrDefault(one => one.Now is { Sigma: > 0 } && one.Before is { Sigma: > 0 } && one.Now.Unit == one.Before.Unit && one.Now.Source == one.Before.Source);
                if (both.Now is not { } later || both.Before is not { } earlier) continue;
                compared++;
                var sigmas = (later.Value!.Value - earlier.Value!.Value) / Math.Sqrt(later.Sigma!.Value * later.Sigma.Value + earlier.Sigma!.Value * earlier.Sigma.Value);
                changes.Add(new(now.Dot ?? now.Sample ?? "", now.Dot is not null, now.Simulated, label, QuantityOf(earlier), QuantityOf(later), sigmas, pair.BeforeAt, pair.NowAt, pair.Now, Differ(before, now)));
            }
        }
        return ([.. changes.OrderByDescending(change => Math.Abs(change.Sigmas)).DistinctBy(change => change.Code).Take(MostShown)], compared);
    }

    static Quantity QuantityOf(StandingValue value) => Quantity.Of(value.Name, value.Value!.Value, value.Sigma, value.Unit);

    /// <summary>Which conditions are recorded and not the same: then the change may be theirs.</summary>
    static IReadOnlyList<string> Differ(AgedRun before, AgedRun now)
    {
        List<string> differ = [];
        if (Differs(before.Temperature, now.Temperature)) differ.Add("temperature");
        if (Differs(before.Power, now.Power) || Differs(before.Fluence, now.Fluence)) differ.Add("excitation power");
        if (Differs(before.Wavelength, now.Wavelength)) differ.Add("excitation wavelength");
        if (before.Atmosphere != now.Atmosphere && before.Atmosphere != Atmosphere.NotRecorded && now.Atmosphere != Atmosphere.NotRecorded) differ.Add("atmosphere");
        return differ;

        // Within a hundredth it is the same setting.
        static bool Differs(double? one, double? other) => one is { } a && other is { } b && Math.Abs(a - b) > 0.01 * Math.Max(Math.Abs(a), Math.Abs(b));
    }

    sealed record AgedRun(Guid Id, string? Dot, string? Sample, bool Simulated, double? Temperature, double? Power, double? Fluence, double? Wavelength, Atmosphere Atmosphere);
}

/// <summary>What ages.</summary>
/// <param name="Changes">The largest changes by their significance, one of each dot or sample.</param>
/// <param name="Compared">Of how many pairs of values they are the largest.</param>
public sealed record Ageing(IReadOnlyList<Changed> Changes, int Compared, IReadOnlyList<IdleBatch> Idle);

/// <summary>A value of one dot or sample that was measured again on a later day.</summary>
/// <param name="Sigmas">The difference in units of its standard error.</param>
/// <param name="Run">The later one.</param>
/// <param name="Differ">Conditions that were recorded and not the same.</param>
public sealed record Changed(
    string Code, bool IsDot, bool Simulated, string Label, Quantity Before, Quantity Now, double Sigmas, DateTimeOffset BeforeAt, DateTimeOffset NowAt, Guid Run, IReadOnlyList<string> Differ);

/// <summary>A batch that was measured, and for a while not any more.</summary>
public sealed record IdleBatch(string Code, string Name, string Formula, bool Simulated, DateTimeOffset LastMeasured);
