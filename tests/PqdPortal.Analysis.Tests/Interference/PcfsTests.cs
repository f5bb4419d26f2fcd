using System.Text;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Analysis.Correlation;
using PqdPortal.Analysis.Interference;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;
using PqdPortal.Analysis.Tests.Correlation;
using Xunit.Abstractions;

namespace PqdPortal.Analysis.Tests.Interference;

/// <summary>Photons of known lines behind an interferometer, each with its own energy, and what is made of their correlations.</summary>
public class PcfsTests(ITestOutputHelper output)
{
    const double Lorentz = 1316.4239138, Gauss = 2747.0;

    static PcfsOptions Options(InterferingLight light) =>
        new() { Delays = [.. light.Delays.Select(d => d * 1e-12)], From = 1e-6, DitherPeriod = light.Dither, DitherFringes = light.Fringes };

    static AnalysisReport Compute(InterferingLight light, int seed, Func<PcfsOptions, PcfsOptions>? with = null) =>
        Pcfs.Compute(light.Draw(seed), null, (with ?? (o => o))(Options(light)));

    static double Pull(AnalysisReport report, string name, double truth) =>
        (report.Quantity(name)!.Value!.Value - truth) / report.Quantity(name)!.Sigma!.Value;

    void AssertHonest(string what, List<double> pulls)
    {
        var line = $"{what}: {string.Join(" ", pulls.Select(p => p.ToString("F2")))}  mean {pulls.Average():F2}  chi2/n {pulls.Average(p => p * p):F2}";
        output.WriteLine(line);
        Assert.True(pulls.TrueForAll(p => Math.Abs(p) < 3.5), line);
        Assert.True(Math.Abs(pulls.Average()) < 4 / Math.Sqrt(pulls.Count), line);
        Assert.True(pulls.Average(p => p * p) is > 0.35 and < 2.1, line);
    }

    [Fact]
    public void Twenty_lines_that_stand_still_give_width_and_contrast_with_honest_errors()
    {
        var light = new InterferingLight { Rest = 0.3, Dither = 0.3 };
        List<double> headline = [], third = [], contrast = [];
        for (var seed = 0; seed < 20; seed++)
        {
            var report = Compute(light, 10 + seed, o => o with { To = 1e-3 });

            Assert.Equal("ok", report.Verdict("quality")!.Value);
            Assert.NotEqual("yes", report.Verdict("spectral_diffusion")!.Value);
            headline.Add(Pull(report, "T2_ps", Lorentz / 20));
            third.Add(Pull(report, "linewidth_ueV_2", 20));
            contrast.Add(Pull(report, "V0_1", 0.9));
            // Read as a visibility, F would say half the time.
            var t2 = report.Quantity("T2_ps_1")!;
            Assert.True(Math.Abs(t2.Value!.Value - Lorentz / 40) > 5 * t2.Sigma);
        }

        AssertHonest("T2", headline);
        AssertHonest("width", third);
        AssertHonest("V0", contrast);
    }

    [Fact]
    public void A_line_that_jumps_is_narrow_at_short_lags_and_broad_at_long_ones()
    {
        var report = Compute(new InterferingLight { Jumps = (25, 3e-4), Rest = 0.6, Dither = 0.6, Fringes = 3, Delays = [0, 3, 6, 10, 14, 20, 27, 36, 50, 70, 95, 125, 160] }, 41);

        Assert.Equal("yes", report.Verdict("spectral_diffusion")!.Value);
        // Pairs of 1 to 10 us have a jump between them once in 50.
        Assert.InRange(Pull(report, "linewidth_ueV", 20), -3.5, 3.5);
        // Beyond 1 ms nearly all have: a Lorentzian of 20 folded with a Gaussian of 58.9 ueV is 70 wide, and its |g1|² has an integral of 31.3 ps.
        Assert.InRange(Pull(report, "T2_ps_3", 31.3), -3.5, 3.5);
        Assert.InRange(report.Quantity("linewidth_ueV_3")!.Value!.Value, 60, 85);
        var width = report.Curve("linewidth")!;
        Assert.True(width.Y!.Values[3] > 2.5 * width.Y.Values[0]);
    }

    [Fact]
    public void Blinking_drops_out()
    {
        // Three fifths of the time dark: every correlation is 2.5 times higher at short lags.
        var light = new InterferingLight { Switching = (300, 200), Rate = 160e3 };
        foreach (var mode in new[] { "auto", "both" })
        {
            var report = Compute(light, 51, o => o with { Mode = mode });

            Assert.InRange(Pull(report, "T2_ps_0", Lorentz / 20), -3.5, 3.5);
            Assert.InRange(Pull(report, "T2_ps_1", Lorentz / 20), -3.5, 3.5);
            Assert.InRange(Pull(report, "V0_1", 0.9), -3.5, 3.5);
            Assert.NotEqual("yes", report.Verdict("spectral_diffusion")!.Value);
        }
    }

    [Fact]
    public void A_gaussian_line_is_told_from_a_lorentzian_one()
    {
        var report = Compute(new InterferingLight { IsGaussian = true, Width = 25, Rest = 0.6 }, 61);

        Assert.Equal("gaussian", report.Verdict("shape")!.Value);
        Assert.InRange(Pull(report, "T2_ps", Gauss / 25), -3.5, 3.5);
        Assert.InRange(Pull(report, "linewidth_ueV", 25), -3.5, 3.5);
        Assert.Equal("lorentzian", Compute(new InterferingLight { Rest = 0.6 }, 62).Verdict("shape")!.Value);
    }

    [Fact]
    public void Two_lines_beat()
    {
        var report = Compute(new InterferingLight { Width = 12, Second = (60, 0.4), Rest = 0.8, Delays = [.. Enumerable.Range(0, 17).Select(k => 11.0 * k)] }, 71);

        Assert.InRange(Pull(report, "splitting_ueV", 60), -3.5, 3.5);
        Assert.InRange(Pull(report, "weaker_line_share", 0.4), -3.5, 3.5);
        Assert.InRange(Pull(report, "linewidth_ueV", 12), -3.5, 3.5);
        // Side peaks of p(zeta) at the splitting, from the points and from the line.
        var p = report.Curve("p_zeta")!;
        double At(IReadOnlyList<double?> y, double zeta) => y[Enumerable.Range(0, y.Count).MinBy(k => Math.Abs(p.X.Values[k]!.Value - zeta))]!.Value;
        foreach (var y in new[] { p.Y!.Values, p.Fit! }) Assert.True(At(y, 60) > 2 * At(y, 30));
    }

    [Fact]
    public void Afterpulses_do_not_reach_the_cross_correlation()
    {
        var light = new InterferingLight { Afterpulses = 0.02, Rate = 250e3, Rest = 0.4, Dither = 0.4 };

        Assert.InRange(Pull(Compute(light, 81, o => o with { From = 1e-7, To = 1e-4 }), "V0_0", 0.9), -3.5, 3.5);
        // In the autocorrelations they look like interference at every delay.
        var both = Compute(light, 81, o => o with { From = 1e-7, To = 1e-4, Mode = "both" });
        Assert.True(both.Quantity("T2_ps_0")!.Value is null || Math.Abs(Pull(both, "V0_0", 0.9)) > 5 || Math.Abs(Pull(both, "T2_ps_0", Lorentz / 20)) > 4);
    }

    [Fact]
    public void Background_lowers_the_contrast_and_not_the_width()
    {
        var light = new InterferingLight { Background = 10e3, Rest = 0.6 };

        var report = Compute(light, 91);

        // 80 of 100 kcps are the dot's: V0 falls by that share.
        Assert.InRange(Pull(report, "V0_1", 0.9 * 0.8), -3.5, 3.5);
        Assert.InRange(Pull(report, "T2_ps_1", Lorentz / 20), -3.5, 3.5);
    }

    [Fact]
    public void A_shared_contrast_is_that_of_all_bands()
    {
        var light = new InterferingLight { Rest = 0.4, Dither = 0.4, Fringes = 3 };

        var (free, shared) = (Compute(light, 95, o => o with { To = 1e-3 }), Compute(light, 95, o => o with { To = 1e-3, Contrast = "shared" }));

        Assert.InRange(Pull(shared, "V0", 0.9), -3.5, 3.5);
        Assert.InRange(Pull(shared, "T2_ps_0", Lorentz / 20), -3.5, 3.5);
        Assert.Equal(shared.Quantity("V0_0")!.Value, shared.Quantity("V0_2")!.Value);
        Assert.True(shared.Quantity("V0_0")!.Sigma < 0.8 * free.Quantity("V0_0")!.Sigma);
        Assert.True(shared.Quantity("T2_ps_0")!.Sigma < 1.05 * free.Quantity("T2_ps_0")!.Sigma);
    }

    [Fact]
    public void F_is_that_of_pairs_counted_one_by_one_whatever_the_batches()
    {
        var light = new InterferingLight { Delays = [0, 10, 25, 50, 100], Rest = 0.2, Rate = 40e3, Dither = 0.2 };
        var photons = light.Draw(101);
        var options = Options(light) with { From = 1e-5, To = 1e-4, Mode = "both" };

        var report = Pcfs.Compute(photons, null, options);

        var edges = LagGrid.For(1e-12, 1e-5, 1e-4, 10).Edges;
        for (var k = 0; k < 5; k++)
        {
            long from = (long)(light.Starts[k] * 1e12), to = from + 200_000_000_000;
            long[] Of(short code) => [.. photons.Times.Where((t, i) => photons.Codes[i] == code && t >= from && t < to)];
            var (a, b) = (Of(0), Of(1));
            // Pairs at all lags of the band together; light and lags so short that the ends of a position do not matter.
            long Pairs(long[] one, long[] other) => one.Sum(t => (long)other.Count(u => u - t >= edges[0] && u - t < edges[^1]));
            var cross = (double)(Pairs(a, b) + Pairs(b, a)) / (2.0 * a.Length * b.Length);
            var own = (double)(Pairs(a, a) + Pairs(b, b)) / ((double)a.Length * a.Length + (double)b.Length * b.Length);
            var f = report.Curve("F")!;
            Assert.Equal(2 * (own - cross) / (own + cross), f.Y!.Values[k]!.Value, 0.15 * f.Y.Sigma![k]!.Value);
        }

        var json = Json(report);
        foreach (var size in new[] { 1, 777, 1_000_000 })
            Assert.Equal(json, Json(Pcfs.Compute(new MemoryPhotons
            {
                Format = photons.Format, RecordType = photons.RecordType, Mode = "T2", Tick = photons.Tick, HeaderDuration = photons.HeaderDuration,
                AvailableRecords = photons.AvailableRecords, Times = photons.Times, Codes = photons.Codes, BatchSize = size,
            }, null, options)));
    }

    static string Json(AnalysisReport report) => Encoding.UTF8.GetString(ReportJson.Bytes(report, "test"));

    [Fact]
    public void Positions_come_from_markers_with_or_without_the_first_or_from_a_table()
    {
        var light = new InterferingLight { Delays = [0, 10, 25, 50, 100, 150], Rest = 0.2, Dither = 0.2 };
        var all = Json(Pcfs.Compute(light.Draw(111), null, Options(light)));

        Assert.Equal(all, Json(Pcfs.Compute(light.Draw(111, markers: 5), null, Options(light))));
        Assert.Equal(all, Json(Pcfs.Compute(light.Draw(111), Table(light.Table), Options(light) with { Delays = null })));

        // A table leaves the travel out, and so does a settling time behind each marker.
        var travelling = light with { Travel = 0.1, Rest = 0.3 };
        var table = Pcfs.Compute(travelling.Draw(112), Table(travelling.Table), Options(travelling) with { Delays = null });
        Assert.InRange(Pull(table, "V0_1", 0.9), -4, 4);
        var markers = Pcfs.Compute(travelling.Draw(112), null, Options(travelling));
        Assert.True(markers.Quantity("V0_1")!.Value < 0.8);
    }

    static DataTable Table(string csv) => (DataTable)Formats.Open(new MemoryStream(Encoding.UTF8.GetBytes(csv)));

    [Fact]
    public void What_cannot_be_used_is_said_in_a_sentence()
    {
        var light = new InterferingLight { Delays = [0, 10, 25, 50, 100, 150], Rest = 0.02 };
        var (photons, options) = (light.Draw(121), Options(light) with { To = 1e-4 });
        string Says<T>(Func<AnalysisReport> ask) where T : PqdException => Assert.Throws<T>(ask).Message;

        Assert.Contains("no markers at all", Says<RequestException>(() => Pcfs.Compute(light.Draw(121, markers: 0), null, options)));
        Assert.Contains("6 markers of the bits 1", Says<RequestException>(() => Pcfs.Compute(photons, null, options with { Delays = [0, 1e-11, 2e-11] })));
        Assert.Contains("6 markers of the bits 1", Says<RequestException>(() => Pcfs.Compute(photons, null, options with { Marker = 2 })));
        Assert.Contains("6 of them", Says<RequestException>(() => Pcfs.Compute(photons, null, options with { Delays = null })));
        Assert.Contains("leave \"delays_ps\" out", Says<RequestException>(() => Pcfs.Compute(photons, Table(light.Table), options)));
        Assert.Contains("two different detectors", Says<RequestException>(() => Pcfs.Compute(photons, null, options with { Channels = [0] })));
        Assert.Contains("far_ps = 500 ps", Says<RequestException>(() => Pcfs.Compute(photons, null, options with { Far = 5e-10 })));
        Assert.Contains("rest longer", Says<RequestException>(() => Pcfs.Compute(photons, null, options with { From = 1e-2 })));
        Assert.Contains("different delays", Says<InsufficientDataException>(() => Pcfs.Compute(photons, null, options with { Delays = [0, 0, 0, 0, 1e-12, 0] })));
        var bare = options with { Delays = null };
        Assert.Contains("Line 3", Says<MeasurementFormatException>(() => Pcfs.Compute(photons, Table("start_s,stop_s,delay_ps\n0,0.02,0\n0.01,0.03,10\n0.03,0.04,20\n"), bare)));
        Assert.Contains("delay_ps", Says<MeasurementFormatException>(() => Pcfs.Compute(photons, Table("start_s,stop_s\n0,1\n1,2\n"), bare)));
        Assert.Contains("no photons", Says<InsufficientDataException>(() => Pcfs.Compute(photons, Table("start_s,stop_s,delay_ps\n0,0.02,0\n0.02,0.04,1\n0.04,0.06,2\n0.06,0.08,3\n10,11,10\n12,13,20\n"), bare)));

        var one = Pcfs.Compute(Only(photons, 0, 101), null, options);
        Assert.Contains("Only channel 0", Assert.Single(one.Messages, m => m.Code == "EMPTY_CHANNEL").Text);
        Assert.Contains("no photon", Assert.Single(Pcfs.Compute(Only(photons, 101), null, options).Messages, m => m.Code == "EMPTY_CHANNEL").Text);
        Assert.Contains("Channel 7 has 0 events", Assert.Single(Pcfs.Compute(photons, null, options with { Channels = [0, 7] }).Messages, m => m.Code == "EMPTY_CHANNEL").Text);
        Assert.Equal("insufficient", one.Verdict("quality")!.Value);

        // One dark position among enough others is left out.
        var empty = Pcfs.Compute(photons, Table(light.Table + "\n10,11,300\n"), bare);
        Assert.Contains("300 ps", Assert.Single(empty.Messages, m => m.Code == "EMPTY_POSITION").Text);

        static MemoryPhotons Only(MemoryPhotons all, params short[] codes) => new()
        {
            Format = "test", RecordType = "test T2", Mode = "T2", Tick = 1e-12, HeaderDuration = all.HeaderDuration, AvailableRecords = all.AvailableRecords,
            Times = [.. all.Times.Where((_, i) => codes.Contains(all.Codes[i]))], Codes = [.. all.Codes.Where(codes.Contains)],
        };
    }

    [Fact]
    public void Too_few_pairs_withhold_the_verdicts_and_say_how_long_to_measure()
    {
        var report = Compute(new InterferingLight { Rate = 8e3, Rest = 0.2 }, 131, o => o with { To = 1e-4 });

        Assert.Equal("insufficient", report.Verdict("quality")!.Value);
        Assert.Equal("undetermined", report.Verdict("shape")!.Value);
        Assert.Equal("undecided", report.Verdict("spectral_diffusion")!.Value);
        Assert.Contains("times as long", Assert.Single(report.Messages, m => m.Code == "TOO_FEW_COINCIDENCES").Text);
        Assert.NotNull(report.Curve("F"));
    }

    [Fact]
    public void Delays_that_end_too_early_bound_the_time_from_below()
    {
        var report = Compute(new InterferingLight { Width = 1, Delays = [0, 1, 2, 3, 4, 5, 6], Rest = 0.4 }, 141, o => o with { Mode = "both" });

        Assert.Contains(report.Messages, m => m.Code == "DELAY_RANGE_SHORT");
        Assert.Null(report.Quantity("T2_ps")!.Value);
        Assert.InRange(report.Quantity("T2_ps_1")!.Lo95!.Value, 20, 1316);
    }

    [Fact]
    public void The_catalogue_takes_positions_as_a_second_input()
    {
        var light = new InterferingLight { Delays = [0, 10, 25, 50, 100, 150], Rest = 0.2, Dither = 0.2 };
        var kind = AnalysisCatalogue.Find("pcfs");
        var parameters = JsonNode.Parse("""{ "from_s": 1e-6, "dither_period_s": 0.2, "dither_fringes": 6, "mode": "both" }""")!.AsObject();

        var report = kind.Compute(new AnalysisCall(new Dictionary<string, Measurement> { ["file"] = light.Draw(151), ["positions"] = Table(light.Table) }, parameters));

        Assert.InRange(Pull(report, "T2_ps_1", Lorentz / 20), -4, 4);
        Assert.Contains("\"positions\" holds", Assert.Throws<RequestException>(() =>
            kind.Compute(new AnalysisCall(new Dictionary<string, Measurement> { ["file"] = light.Draw(151), ["positions"] = light.Draw(151) }, parameters))).Message);
        Assert.Equal(light.Draw(151).Codes.Count(c => c < 100), kind.Count!(new AnalysisCall(new Dictionary<string, Measurement> { ["file"] = light.Draw(151), ["positions"] = Table(light.Table) }, parameters)));
    }
}
