using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;
using PqdPortal.Analysis.Tests.Correlation;

namespace PqdPortal.Analysis.Tests.Catalogue;

/// <summary>Streams that no analysis was made for: each ends in a report of finite numbers or in a sentence, never in a fault or in "NaN".</summary>
public partial class HostileStreamsTests
{
    const double Seconds = 0.05;

    public static TheoryData<string, string> All()
    {
        var all = new TheoryData<string, string>();
        foreach (var kind in AnalysisCatalogue.All)
            foreach (var stream in Streams.Keys)
                if (kind.Accepts(Streams[stream]())) all.Add(kind.Key, stream);
        return all;
    }

    static readonly IReadOnlyDictionary<string, Func<MemoryPhotons>> Streams = new Dictionary<string, Func<MemoryPhotons>>
    {
        ["T2, empty"] = () => T2([], []),
        ["T2, one photon"] = () => T2([17], [0]),
        ["T2, two photons at once"] = () => T2([17, 17], [0, 1]),
        ["T2, one channel"] = () => T2(Random(4000, 1), [.. Enumerable.Repeat((short)3, 4000)]),
        ["T2, all at the same time"] = () => T2([.. Enumerable.Repeat(5_000_000L, 3000)], Turns(3000)),
        ["T2, time runs backwards"] = () => T2([.. Random(3000, 2).Reverse()], Turns(3000)),
        ["T2, more gap than light"] = () => T2([.. Random(3000, 3).Select(t => t < (long)(Seconds * 5e11) ? t / 50 : (long)(Seconds * 1e12) - t / 50).Order()], Turns(3000)),
        ["T2, a metronome"] = () => T2([.. Enumerable.Range(0, 4000).Select(i => i * 12_500_000L)], Turns(4000)),
        ["T2, before zero"] = () => T2([.. Random(3000, 4).Select(t => t - 40_000_000_000)], Turns(3000)),
        ["T2, no duration"] = () => T2(Random(3000, 5), Turns(3000), 0),
        ["T2, far shorter duration"] = () => T2(Random(3000, 6), Turns(3000), 1e-9),
        ["T2, far longer duration"] = () => T2(Random(3000, 7), Turns(3000), 1e7),
        ["T2, three channels"] = () => T2(Random(3000, 8), [.. Enumerable.Range(0, 3000).Select(i => (short)(i % 3))]),
        ["T2, the clock has no unit"] = () => T2(Random(3000, 9), Turns(3000), Seconds, tick: null),
        ["T2, markers and laser only"] = () => T2(Random(3000, 10), [.. Enumerable.Range(0, 3000).Select(i => i % 2 == 0 ? Channels.Sync : (short)101)]),
        ["T3, empty"] = () => T3([], [], []),
        ["T3, one photon"] = () => T3([17], [0], [100]),
        ["T3, one channel"] = () => T3(Pulses(4000, 11), [.. Enumerable.Repeat((short)2, 4000)], Decay(4000)),
        ["T3, all in one pulse"] = () => T3([.. Enumerable.Repeat(500L, 3000)], Turns(3000), Decay(3000)),
        ["T3, all in one bin"] = () => T3(Pulses(3000, 12), Turns(3000), [.. Enumerable.Repeat(77, 3000)]),
        ["T3, pulses run backwards"] = () => T3([.. Pulses(3000, 13).Reverse()], Turns(3000), Decay(3000)),
        ["T3, later than a period"] = () => T3(Pulses(3000, 14), Turns(3000), [.. Decay(3000).Select(k => 32767 - k)]),
        ["T3, no period"] = () => T3(Pulses(3000, 15), Turns(3000), Decay(3000), period: null),
        ["T3, flat"] = () => T3(Pulses(3000, 16), Turns(3000), [.. Enumerable.Range(0, 3000).Select(i => i * 37 % 3125)]),
        ["T3, a photon for every pulse"] = () => T3([.. Enumerable.Range(0, 3000).Select(i => (long)i)], Turns(3000), Decay(3000)),
    };

    [Theory]
    [MemberData(nameof(All))]
    public void Every_analysis_ends_in_finite_numbers_or_in_a_sentence(string analysis, string stream) => Check(analysis, Streams[stream](), []);

    public static TheoryData<string> OfPhotons() =>
        [.. AnalysisCatalogue.All.Where(kind => kind.Accepts(Good()) || kind.Accepts(GoodPulsed())).Select(kind => kind.Key)];

    [Theory]
    [MemberData(nameof(OfPhotons))]
    public void More_background_than_light_is_said_and_not_computed_with(string analysis)
    {
        var kind = AnalysisCatalogue.Find(analysis);
        if (kind.Parameters.FirstOrDefault(spec => spec.Name == "background_cps") is not { } background) return;
        JsonNode tooMuch = background.Type == "numbers" ? new JsonArray(1e6, 1e6) : JsonValue.Create(1e6);
        if (kind.Inputs.Count > 0 && analysis is "lifetime" or "intensity") tooMuch = new JsonArray(1e6);

        var report = Check(analysis, For(kind), new() { ["background_cps"] = tooMuch });

        if (report is not null) Assert.Contains(report.Messages, message => message.Code == "BACKGROUND_EXCEEDS_SIGNAL");

        JsonNode negative = background.Type == "numbers" ? new JsonArray(-5.0) : JsonValue.Create(-5.0);
        var refused = Assert.Throws<RequestException>(() => Compute(kind, For(kind), new() { ["background_cps"] = negative }));
        Assert.Contains("background_cps", refused.Message);
    }

    [Theory]
    [MemberData(nameof(OfPhotons))]
    public void A_wrong_map_of_channels_is_told_the_channels_that_exist(string analysis)
    {
        var kind = AnalysisCatalogue.Find(analysis);
        var spec = kind.Parameters.FirstOrDefault(one => one.Name is "channels" or "light_channel");
        if (spec is null) return;
        JsonNode wrong = spec.Type == "integers" ? new JsonArray(7, 8) : JsonValue.Create(7);
        string said;
        try
        {
            var report = Compute(kind, For(kind), new() { [spec.Name] = wrong });
            said = string.Join(" ", report.Messages.Where(message => message.Code == "EMPTY_CHANNEL").Select(message => message.Text));
        }
        catch (PqdException refused)
        {
            said = refused.Message;
        }

        Assert.Matches(@"\b7\b", said);
        Assert.Matches(@"\b0\b", said);
        Assert.Matches(@"\b1\b", said);
    }

    static AnalysisReport? Check(string analysis, MemoryPhotons photons, JsonObject parameters)
    {
        AnalysisReport report;
        try
        {
            report = Compute(AnalysisCatalogue.Find(analysis), photons, parameters);
        }
        catch (PqdException refused)
        {
            AssertSentence(refused.Message);
            return null;
        }

        foreach (var quantity in report.Quantities)
        {
            foreach (var number in new[] { quantity.Value, quantity.Sigma, quantity.Lo95, quantity.Hi95 })
                Assert.True(number is null || double.IsFinite(number.Value), $"{quantity.Name} is {number}");
            Assert.False(quantity.Sigma < 0, $"the sigma of {quantity.Name} is {quantity.Sigma}");
            Assert.False(quantity.Lo95 > quantity.Hi95, $"the interval of {quantity.Name} goes from {quantity.Lo95} to {quantity.Hi95}");
            if (quantity is { Value: null, Text: null })
                Assert.True(report.Messages.Count > 0 || report.Verdict("quality")?.Value == "insufficient", $"{quantity.Name} is withheld and nothing says why");
        }

        foreach (var series in report.Curves.SelectMany(curve => new[] { curve.X, curve.Y }.Concat(curve.More.Values)).OfType<Series>())
            Assert.All(series.Values.Concat(series.Sigma ?? []), x => Assert.True(x is null || double.IsFinite(x.Value), series.Name));
        foreach (var message in report.Messages) AssertSentence(message.Text);
        foreach (var verdict in report.Verdicts) Assert.DoesNotMatch(NoNumber(), verdict.Why);
        return report;
    }

    static AnalysisReport Compute(AnalysisKind kind, MemoryPhotons photons, JsonObject parameters)
    {
        var inputs = kind.Inputs.Where(input => input.Required).ToDictionary(input => input.Name, Measurement (_) => photons);
        if (kind.Key == "hom") inputs["orthogonal"] = photons;
        if (kind.Key == "pcfs") inputs["positions"] = Positions();
        if (kind.Key == "g2.gated" && !parameters.ContainsKey("irf_t0_ps")) parameters["irf_t0_ps"] = 1920;
        // The laws with more parameters take seconds each and go the same way.
        if (kind.Key == "lifetime") parameters["models"] = new JsonArray("mono", "bi");
        return kind.Compute(new(inputs, parameters) { Threads = 1 });
    }

    /// <summary>Ten rests of a stage within the streams.</summary>
    static DataTable Positions() => (DataTable)Formats.Open(new MemoryStream(Encoding.UTF8.GetBytes("start_s,stop_s,delay_ps\n" + string.Join('\n', Enumerable.Range(0, 10)
        .Select(k => FormattableString.Invariant($"{k * Seconds / 10:R},{(k + 1) * Seconds / 10:R},{10 * k}"))))));

    static void AssertSentence(string text)
    {
        Assert.DoesNotMatch(NoNumber(), text);
        Assert.Matches(@"[.?]$", text);
        Assert.True(text.Length > 20, text);
    }

    [GeneratedRegex(@"NaN|∞|Infinity|\bnull\b|System\.|Exception")]
    private static partial Regex NoNumber();

    /// <summary>Light that the analysis is made for.</summary>
    static MemoryPhotons For(AnalysisKind kind) => kind.Key is "g2.pulsed" or "g2.gated" or "lifetime" or "hom" or "blinking.type" ? GoodPulsed() : Good();

    static MemoryPhotons Good() => T2(Random(20_000, 21), Turns(20_000));
    static MemoryPhotons GoodPulsed() => T3(Pulses(20_000, 22), Turns(20_000), Decay(20_000));

    static MemoryPhotons T2(long[] times, short[] codes, double? duration = Seconds, double? tick = 1e-12) => new()
    {
        Format = "test", RecordType = "test T2", Mode = "T2", Tick = tick, HeaderDuration = duration, AvailableRecords = times.Length, Times = times, Codes = codes,
    };

    // 10 MHz, 32 ps.
    static MemoryPhotons T3(long[] pulses, short[] codes, int[] dtimes, double? period = 1e-7) => new()
    {
        Format = "test", RecordType = "test T3", Mode = "T3", Tick = period, SyncPeriod = period, ChannelWidth = 3.2e-11, HeaderDuration = Seconds,
        AvailableRecords = pulses.Length, Times = pulses, Codes = codes, Dtimes = dtimes,
    };

    static long[] Random(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextInt64((long)(Seconds * 1e12))).Order()];
    }

    static long[] Pulses(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextInt64((long)(Seconds * 1e7))).Order()];
    }

    static int[] Decay(int count)
    {
        var random = new Random(count);
        return [.. Enumerable.Range(0, count).Select(_ => Math.Min(3124, 60 + (int)(-312 * Math.Log(1 - random.NextDouble()))))];
    }

    // Each photon on another detector, without a rhythm.
    static short[] Turns(int count)
    {
        var random = new Random(count + 1);
        return [.. Enumerable.Range(0, count).Select(_ => (short)random.Next(2))];
    }
}
