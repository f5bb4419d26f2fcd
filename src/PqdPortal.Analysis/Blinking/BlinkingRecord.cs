using PqdPortal.Analysis.Brightness;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Blinking;

/// <summary>What a run tells of its blinking before any law is fitted: trace, changes, levels, bright and dark.</summary>
/// <param name="Trace">The counted trace.</param>
/// <param name="Course">Shutters and bleaching.</param>
/// <param name="Changes">Every change of the light.</param>
/// <param name="Segments">Stretches of steady light in order of time, without those of a shut shutter and behind bleaching.</param>
/// <param name="Place">Number of each of them among all stretches between changes, shape (segments).</param>
/// <param name="Levels">Levels of the segments.</param>
/// <param name="Border">Rate from which on a level is bright [1/s].</param>
/// <param name="IsOn">Whether a level is bright, shape (levels).</param>
public sealed record BlinkingRecord(
    IntensityTrace Trace, LightCourse Course, ChangePoints Changes, IReadOnlyList<Segment> Segments, int[] Place, LevelSet Levels, double Border, bool[] IsOn)
{
    /// <summary>Reads a stream once.</summary>
    /// <exception cref="RequestException">The options contradict each other.</exception>
    /// <exception cref="InsufficientDataException">There is no unit of time, or no photon to speak of.</exception>
    public static BlinkingRecord Of(
        PhotonStream photons, BlinkingOptions options, IProgress<AnalysisProgress>? progress = null, CancellationToken stop = default)
    {
        if (options.Channels is { } chosen && (chosen.Count == 0 || chosen.Distinct().Count() < chosen.Count))
            throw new RequestException("The parameter \"channels\" should name different detectors, such as [0, 1].");
        ChangePointFinder? finder = null;
        var trace = IntensityTrace.Of(photons, options.Channels, options.BinWidth, progress, stop,
            () => finder = new(photons.Tick!.Value, options.Channels, options.Confidence));
        if (options.Background is { Count: > 1 } background && background.Count != trace.ByChannel.Count)
            throw new RequestException($"The parameter \"background_cps\" has {background.Count} values for {trace.ByChannel.Count} detectors; give one for each, or one for all.");

        var total = trace.ByChannel.Keys.Sum(channel => trace.Events.GetValueOrDefault((short)channel));
        if (total < LeastPhotons)
            throw new InsufficientDataException(
                $"{total} photons in {NumberText.Rounded(trace.Time.Seconds ?? 0, 4)} s{Present(trace)}; to look for changes of the light takes at least {LeastPhotons}. Was the light on?");
        var changes = finder!.Finish((long)Math.Round(trace.Time.Seconds!.Value / photons.Tick!.Value));
        stop.ThrowIfCancellationRequested();
        var course = Intensity.Course(photons, trace, options.Background, stop);

        var all = changes.Segments();
        var place = Watched(all, course);
        if (place.Count == 0) place = [.. Enumerable.Range(0, all.Count).Where(i => all[i].Duration > 0)];
        Segment[] segments = [.. place.Select(i => all[i])];
        var levels = Blinking.Levels.Of(segments, options.MaxLevels, stop, SegmentPieces.Of(segments, trace.Counts, trace.Bin));
        return new(trace, course, changes, segments, [.. place], levels, options.OnAbove ?? levels.OnAbove, levels.IsOn(options.OnAbove));
    }

    /// <summary>Fewer tell nothing of a course of time.</summary>
    const int LeastPhotons = 10;

    /// <summary>Those not under a shutter, and of a dot that still lives.</summary>
    static List<int> Watched(IReadOnlyList<Segment> all, LightCourse course)
    {
        var watched = new List<int>();
        var first = 0;
        for (var i = 0; i < all.Count; i++)
        {
            var segment = all[i];
            while (first < course.Gaps.Count && course.Gaps[first].To <= segment.From) first++;
            var shut = 0.0;
            for (var g = first; g < course.Gaps.Count && course.Gaps[g].From < segment.To; g++)
                shut += Math.Min(course.Gaps[g].To, segment.To) - Math.Max(course.Gaps[g].From, segment.From);
            if (segment.Duration > 0 && shut < segment.Duration / 2 && !((segment.From + segment.To) / 2 > course.Bleached?.Moment)) watched.Add(i);
        }
        return watched;
    }

    static string Present(IntensityTrace trace)
    {
        var empty = trace.ByChannel.Keys.Where(channel => !trace.Events.ContainsKey((short)channel)).ToArray();
        if (empty.Length == 0) return "";
        var present = trace.Events.Where(e => Channels.IsPhoton(e.Key)).Select(e => $"{e.Key} ({e.Value} photons)").ToArray();
        return $", none on channel {string.Join(" and ", empty)} (channels present: {(present.Length == 0 ? "none" : string.Join(", ", present))})";
    }

    /// <summary>Bright (1) and dark (0) times, neighbouring segments of the same made one.</summary>
    public IReadOnlyList<LevelStretch> OnOff() => Levels.Joined(Segments, [.. IsOn.Select(on => on ? 1 : 0)]);

    /// <summary>The stretches of bright or of dark light [ticks].</summary>
    public IReadOnlyList<(long From, long To)> Stretches(bool on) =>
        [.. OnOff().Where(stretch => stretch.Level == (on ? 1 : 0)).Select(stretch => (Edge(Place[stretch.FirstSegment]), Edge(Place[stretch.LastSegment] + 1)))];

    /// <summary>Where a stretch between changes begins [ticks].</summary>
    long Edge(int place) => place == 0 ? Changes.Begin : place > Changes.At.Length ? Changes.End : Changes.At[place - 1];
}
