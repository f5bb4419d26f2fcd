using Microsoft.EntityFrameworkCore;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Analyses;
using PqdPortal.Web.Access;
using PqdPortal.Web.Layout;
using PqdPortal.Web.Plotting;

namespace PqdPortal.Web.Features.Samples;

/// <summary>How what was measured of a batch changes with its age: the same quantity of the same dot or sample on several days.</summary>
public sealed class AgeingQueries(IDbContextFactory<PortalDb> database, CurrentViewer me)
{
    /// <summary>As many numbers are looked at, and as many dots drawn.</summary>
    const int MostValues = 50_000, MostDrawn = 24;

    /// <summary>The quantities that were repeated and the courses of one of them; null where the viewer does not see the batch.</summary>
    /// <param name="quantity">Its name; the one with most courses where null or not repeated.</param>
    public async Task<AgeingView?> Of(string code, string? quantity, CancellationToken stop = default)
    {
        var viewer = await me.Get(stop);
        await using var db = await database.CreateDbContextAsync(stop);
        var batch = await db.Batches.VisibleTo(viewer).Where(b => b.Code == code).Select(b => new { b.Id, b.SynthesisedOn }).FirstOrDefaultAsync(stop);
        if (batch is null) return null;
        var found = await db.Analyses.VisibleTo(viewer)
            .Where(a => a.State == AnalysisState.Done && a.Run.DeletedAt == null && a.Run.Sample!.BatchId == batch.Id && !EF.Functions.JsonExists(a.Parameters, "selection"))
            .SelectMany(a => a.Values.Where(v => v.Value != null), (a, v) => new
            {
                v.Name, Value = v.Value!.Value, v.Sigma, v.Unit, a.EndedAt, At = a.Run.MeasuredAt ?? a.Run.CreatedAt,
                Of = a.Run.Emitter == null ? a.Run.Sample!.Code : a.Run.Emitter.Code,
            })
            .OrderByDescending(v => v.EndedAt).Take(MostValues).ToListAsync(stop);

        var begin = batch.SynthesisedOn?.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc) ?? found.Select(v => v.At.UtcDateTime.Date).DefaultIfEmpty(DateTime.UnixEpoch).Min();
        // Of a day the newest result speaks; a course has two days or more.
        var courses = found.GroupBy(v => (v.Name, v.Unit, v.Of))
            .Select(of => new { of.Key, Days = of.GroupBy(v => v.At.UtcDateTime.Date).Select(day => day.First()).OrderBy(v => v.At).ToList() })
            .Where(of => of.Days.Count > 1).ToList();
        var quantities = courses.GroupBy(of => of.Key.Name).OrderByDescending(of => of.Count()).ThenBy(of => of.Key, StringComparer.Ordinal)
            .Select(of => (Name: of.Key, Courses: of.Count())).ToList();
        var chosen = quantities.Any(q => q.Name == quantity) ? quantity : quantities.Select(q => q.Name).FirstOrDefault();
        return new AgeingView(quantities, chosen, batch.SynthesisedOn is not null,
            [.. courses.Where(of => of.Key.Name == chosen).OrderBy(of => of.Key.Of, StringComparer.Ordinal).Take(MostDrawn)
                .Select(of => new AgeingCourse(of.Key.Of, of.Key.Unit, [.. of.Days.Select(v => new AgeingPoint((v.At.UtcDateTime - begin).TotalDays, v.Value, v.Sigma))]))]);
    }
}

/// <summary>What a batch shows of its ageing.</summary>
/// <param name="Quantities">Repeated ones, with how many dots or samples have a course of each.</param>
/// <param name="Chosen">Of which the courses are; null where none was repeated.</param>
/// <param name="IsFromSynthesis">Ages count from the synthesis; else from the first measurement.</param>
public sealed record AgeingView(IReadOnlyList<(string Name, int Courses)> Quantities, string? Chosen, bool IsFromSynthesis, IReadOnlyList<AgeingCourse> Courses)
{
    public Figure Draw()
    {
        var label = Chosen is null ? "" : QuantityNames.Label(Chosen);
        var figure = Figure.Of($"Ageing: {label}").X(IsFromSynthesis ? "age since synthesis" : "time since the first measurement", "d", Courses.Count == 0 ? [] : Ages(Courses[0]))
            .Y(label, Courses.Count == 0 || Courses[0].Unit == "1" ? "" : Numbers.Unit(Courses[0].Unit));
        foreach (var (i, course) in Courses.Index())
        {
            if (i > 0) figure.On(Ages(course));
            figure.Points(course.Of, [.. course.Points.Select(p => (double?)p.Value)], course.Points.All(p => p.Sigma is not null) ? [.. course.Points.Select(p => p.Sigma)] : null);
            figure.Line($"{course.Of}, course", [.. course.Points.Select(p => (double?)p.Value)], figure.LastColour);
        }
        return figure;

        static IReadOnlyList<double?> Ages(AgeingCourse of) => [.. of.Points.Select(p => (double?)p.Age)];
    }
}

/// <summary>One dot or sample over its days.</summary>
public sealed record AgeingCourse(string Of, string Unit, IReadOnlyList<AgeingPoint> Points);

/// <summary>One day.</summary>
/// <param name="Age">[d]</param>
public sealed record AgeingPoint(double Age, double Value, double? Sigma);
