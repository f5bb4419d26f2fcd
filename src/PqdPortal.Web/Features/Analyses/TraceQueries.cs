using Microsoft.EntityFrameworkCore;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Analyses;
using PqdPortal.Jobs;
using PqdPortal.Web.Access;
using PqdPortal.Web.Plotting;

namespace PqdPortal.Web.Features.Analyses;

/// <summary>The trace of a result at any zoom.</summary>
public sealed class TraceQueries(IDbContextFactory<PortalDb> database, CurrentViewer me, ReportCache reports, FineTraces traces)
{
    /// <summary>What the lowest and highest of a column are taken of where neither the request nor the analysis says [s].</summary>
    const double UsualBin = 10e-3;

    /// <summary>A stretch of the trace; null where the viewer sees no such result, or it has no trace to look into.</summary>
    /// <param name="from">Beginning of the stretch [s]; null for that of the trace.</param>
    /// <param name="to">Its end [s]; null for that of the trace.</param>
    /// <param name="points">Columns; taken to the nearest number that is allowed.</param>
    /// <param name="bin">Bins whose lowest and highest are told [s]; null for those of the analysis.</param>
    /// <exception cref="RequestException">There is no such stretch.</exception>
    public async Task<TraceLook?> Look(Guid id, double? from, double? to, int? points, double? bin, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var record = await db.Analyses.VisibleTo(viewer).Where(a => a.Id == id && a.State == AnalysisState.Done).AsNoTracking().FirstOrDefaultAsync(stop);
        if (record?.ReportSha256 is not { } sha256 || (await reports.Get(sha256, stop)).Report is not { } report || !FineTraces.IsOf(report)) return null;

        foreach (var (name, value) in new[] { ("from", from), ("to", to), ("bin", bin) })
            if (value is { } given && !double.IsFinite(given)) throw new RequestException($"\"{name}\" should be a number of seconds.");
        if (from >= to) throw new RequestException("The stretch should end after its beginning; \"from\" and \"to\" are seconds from the beginning of the trace.");
        if (bin <= 0) throw new RequestException("\"bin\" should be a length in seconds, above zero.");
        var of = bin ?? ResultWords.Number(report, "bin_ms") * 1e-3 ?? UsualBin;
        var answer = await traces.Look(record, FineTraces.ChannelsOf(report), from, to, Math.Clamp(points ?? FigureJson.UsualPoints, 50, FigureJson.MostPoints), of, stop);
        return new(report, answer);
    }
}

/// <summary>A stretch of a trace with the report it belongs to.</summary>
public sealed record TraceLook(AnalysisReport Report, TraceAnswer Answer)
{
    /// <summary>Levels of the analysis that reach into a stretch: beginning, end and rate of each.</summary>
    public IEnumerable<(double From, double To, double Rate)> Levels(double from, double to)
    {
        if (Report.Curve("levels") is not { Y: { } y, X: var x }) yield break;
        for (var i = 0; i + 1 < x.Values.Count; i++)
            if (x.Values[i] is { } begin && x.Values[i + 1] is { } end && y.Values[i] is { } rate && end > from && begin < to)
                yield return (begin, end, rate);
    }
}
