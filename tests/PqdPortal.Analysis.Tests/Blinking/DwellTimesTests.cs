using PqdPortal.Analysis.Blinking;
using Xunit.Abstractions;
using static PqdPortal.Analysis.Tests.Blinking.DwellSequences;

namespace PqdPortal.Analysis.Tests.Blinking;

/// <summary>Rates, laws and exponents of drawn dwells.</summary>
public class DwellTimesTests(ITestOutputHelper output)
{
    const int Seeds = 20;

    static DwellSettings For(double duration, double? shortest = null) =>
        new() { OnRate = 20e3, OffRate = 2e3, Duration = duration, Shortest = shortest, Samples = 60, FoundBySearch = false };

    [Fact]
    public void A_telegraph_has_exponential_dwells_and_its_rates()
    {
        var (on, off, told) = (new List<double>(), new List<double>(), 0);
        for (var seed = 0; seed < Seeds; seed++)
        {
            var random = new Random(seed);
            var (brights, darks) = DwellTimes.OfBoth(Of(60, () => Exponential(random, 0.1), () => Exponential(random, 0.05)), For(60));
            if (brights.Law.Value == "exponential" && darks.Law.Value == "exponential") told++;
            on.Add(Pull(brights.Rate, 10));
            off.Add(Pull(darks.Rate, 20));
            Assert.Null(brights.Law.Value == "exponential" ? brights.Alpha.Value : null);
        }

        Assert.True(told >= 19, $"{told} of {Seeds}");
        Pulls.AssertUnit(output, "on to off", on, 3, 0.4, 1.9);
        Pulls.AssertUnit(output, "off to on", off, 3, 0.4, 1.9);
    }

    [Fact]
    public void A_power_law_that_ends_has_its_exponents()
    {
        var (on, off, told) = (new List<double>(), new List<double>(), 0);
        for (var seed = 0; seed < Seeds; seed++)
        {
            var random = new Random(seed);
            var (brights, darks) = DwellTimes.OfBoth(Of(300, () => PowerLaw(random, 1.5, 0.01, 10), () => PowerLaw(random, 1.7, 0.01, 10)), For(300, 0.01));
            told += (brights.Law.Value == "power_law" ? 1 : 0) + (darks.Law.Value == "power_law" ? 1 : 0);
            on.Add(Pull(brights.Alpha, 1.5));
            off.Add(Pull(darks.Alpha, 1.7));
        }

        Assert.True(told >= 38, $"{told} of {2 * Seeds}");
        Pulls.AssertUnit(output, "alpha on", on, 3, 0.4, 1.9);
        Pulls.AssertUnit(output, "alpha off", off, 3, 0.4, 1.9);
    }

    [Fact]
    public void A_power_law_with_cutoff_has_its_exponents_and_its_cutoff()
    {
        var (alpha, cutoff, offAlpha, told) = (new List<double>(), new List<double>(), new List<double>(), 0);
        for (var seed = 0; seed < Seeds; seed++)
        {
            var random = new Random(seed);
            var (brights, darks) = DwellTimes.OfBoth(Of(300, () => WithCutoff(random, 1.5, 0.01, 1), () => WithCutoff(random, 1.3, 0.01, 0.5)), For(300, 0.01));
            told += (brights.Law.Value == "power_law_cutoff" ? 1 : 0) + (darks.Law.Value == "power_law_cutoff" ? 1 : 0);
            alpha.Add(Pull(brights.Alpha, 1.5));
            offAlpha.Add(Pull(darks.Alpha, 1.3));
            cutoff.Add(Pull(brights.Cutoff, 1));
            Assert.True(brights.Cutoff.Lo95 < brights.Cutoff.Value && brights.Cutoff.Value < brights.Cutoff.Hi95);
        }

        Assert.True(told >= 38, $"{told} of {2 * Seeds}");
        Pulls.AssertUnit(output, "alpha on", alpha, 3, 0.4, 1.9);
        Pulls.AssertUnit(output, "alpha off", offAlpha, 3, 0.4, 1.9);
        Pulls.AssertUnit(output, "cut-off", cutoff, 3, 0.4, 1.9);
    }

    [Fact]
    public void Missed_dwells_are_put_back_into_the_rates_of_a_telegraph()
    {
        // At 5 and 0.5 kcps, dwells of 30 ms and 15 ms: a tenth to a fifth of them are too short to be found.
        var settings = For(120) with { OnRate = 5e3, OffRate = 500 };
        var (onFound, offFound) = (Completeness.AtBest(5e3, 500), Completeness.AtBest(500, 5e3));
        var (on, off, asFound) = (new List<double>(), new List<double>(), new List<double>());
        for (var seed = 0; seed < Seeds; seed++)
        {
            var random = new Random(seed);
            var all = Of(120, () => Exponential(random, 0.03), () => Exponential(random, 0.015));
            var found = Missing(all, onFound, offFound, random);
            var (brights, darks) = DwellTimes.OfBoth(found, settings);
            on.Add(Pull(brights.Rate, 1 / 0.03));
            off.Add(Pull(darks.Rate, 1 / 0.015));
            asFound.Add(Pull(DwellTimes.Of(true, [.. found.Where(part => part.IsOn).Select(part => part.Dwell)], settings).Rate, 1 / 0.03));
        }

        Pulls.AssertUnit(output, "on to off", on, 3, 0.25, 1.9);
        Pulls.AssertUnit(output, "off to on", off, 3, 0.25, 1.9);
        output.WriteLine($"without: mean pull {asFound.Average():F1}");
        Assert.True(asFound.Average() < -3, "without the correction the rate is too low");
    }

    [Fact]
    public void Dwells_near_the_shortest_that_can_be_found_are_told_of()
    {
        var random = new Random(1);
        var all = Of(300, () => PowerLaw(random, 1.5, 0.001, 5), () => PowerLaw(random, 1.5, 0.001, 5));
        var (on, off) = (Completeness.AtBest(5e3, 250), Completeness.AtBest(250, 5e3));
        var (brights, _) = DwellTimes.OfBoth(Missing(all, on, off, random), For(300) with { OnRate = 5e3, OffRate = 250 });

        Assert.Contains(brights.Messages, message => message.Code == "SHORT_DWELLS");
    }

    [Fact]
    public void A_law_that_begins_later_than_what_can_be_seen_is_found_from_there_on()
    {
        var random = new Random(3);
        var (brights, _) = DwellTimes.OfBoth(Of(300, () => PowerLaw(random, 1.5, 0.02, 10), () => PowerLaw(random, 1.7, 0.02, 10)), For(300));

        Assert.Contains(brights.Messages, message => message.Code == "SHORTEST_RAISED");
        Assert.InRange(brights.ShortestUsed, 0.019, 0.1);
        Assert.Equal("power_law", brights.Law.Value);
        Assert.InRange(Pull(brights.Alpha, 1.5), -3, 3);
    }

    [Fact]
    public void What_one_state_does_not_tell_of_a_cutoff_the_other_does()
    {
        // Few on dwells end near their cut-off; the off dwells leave no doubt of theirs.
        var (together, alone) = (0, 0);
        for (var seed = 0; seed < 10; seed++)
        {
            var random = new Random(seed);
            var sequence = Of(300, () => WithCutoff(random, 1.8, 0.005, 5), () => WithCutoff(random, 1.4, 0.005, 0.6));
            var brights = DwellTimes.OfBoth(sequence, For(300, 0.005)).On;
            if (brights.Law.Value != "power_law_cutoff") continue;
            together++;
            if (brights.Messages.Any(message => message.Code == "LAW_OF_BOTH")) alone++;
        }

        Assert.InRange(together, 9, 10);
        Assert.InRange(alone, 1, 7);
    }

    [Fact]
    public void Few_dwells_give_no_law_but_say_how_long_to_measure()
    {
        var random = new Random(1);
        var (brights, _) = DwellTimes.OfBoth(Of(4, () => Exponential(random, 0.1), () => Exponential(random, 0.1)), For(4));

        Assert.Equal("undetermined", brights.Law.Value);
        Assert.Null(brights.Alpha.Value);
        Assert.NotNull(brights.Rate.Value);
        Assert.Matches("^[0-9]+ on dwells .* a law needs 50.*measure about [0-9]+ s more", brights.Messages.Single(message => message.Code == "TOO_FEW_DWELLS").Text);
    }

    [Fact]
    public void An_exponent_needs_more_than_a_power_of_ten()
    {
        var random = new Random(1);
        var (brights, _) = DwellTimes.OfBoth(Of(300, () => PowerLaw(random, 1.5, 0.1, 2), () => PowerLaw(random, 1.5, 0.1, 2)), For(300, 0.1));

        Assert.Equal("undetermined", brights.Law.Value);
        Assert.Null(brights.Alpha.Value);
        Assert.Contains("powers of ten", brights.Messages.Single(message => message.Code == "TOO_FEW_DWELLS").Text);
    }

    [Fact]
    public void Dwells_of_two_kinds_follow_no_power_law()
    {
        var random = new Random(1);
        double Draw() => random.NextDouble() < 0.7 ? Exponential(random, 0.02) : Exponential(random, 1);
        var (brights, _) = DwellTimes.OfBoth(Of(600, Draw, Draw), For(600, 0.002));

        Assert.True(brights.KsP < 0.05);
        Assert.Contains(brights.Messages, message => message.Code == "POWERLAW_REJECTED");
    }

    [Fact]
    public void Exponential_dwells_in_whole_bins_are_told_of()
    {
        var random = new Random(1);
        double Draw() => 0.02 * (Math.Floor(Exponential(random, 0.1) / 0.02) + 0.5);
        var (brights, _) = DwellTimes.OfBoth(Of(200, Draw, Draw), For(200, 1e-4));

        Assert.Contains(brights.Messages, message => message.Code == "FIT_POOR");
    }

    [Fact]
    public void Many_missed_dwells_are_told_of()
    {
        var random = new Random(1);
        var found = Missing(Of(120, () => Exponential(random, 0.05), () => Exponential(random, 0.01)), Completeness.AtBest(5e3, 500), Completeness.AtBest(500, 5e3), random);
        var (brights, darks) = DwellTimes.OfBoth(found, For(120) with { OnRate = 5e3, OffRate = 500 });

        Assert.Contains(brights.Messages, message => message.Code == "DWELLS_MISSED");
        Assert.DoesNotContain(darks.Messages, message => message.Code == "DWELLS_MISSED");
        Assert.True(darks.Missed > 0.2 && brights.Missed < 0.2);
    }

    [Fact]
    public void A_line_through_a_logarithmic_histogram_has_its_exponent_wrong()
    {
        var (line, likelihood) = (new List<double>(), new List<double>());
        for (var seed = 0; seed < Seeds; seed++)
        {
            var random = new Random(seed);
            var sequence = Of(300, () => PowerLaw(random, 1.5, 0.01, 10), () => PowerLaw(random, 1.7, 0.01, 10));
            var lengths = sequence.Where(part => part.IsOn && !part.Dwell.Censored).Select(part => part.Dwell.Length).ToArray();
            line.Add(SlopeOfHistogram(lengths));
            likelihood.Add(DwellTimes.OfBoth(sequence, For(300, 0.01)).On.Alpha.Value!.Value);
        }

        output.WriteLine($"line {line.Average():F3}, likelihood {likelihood.Average():F3}");
        Assert.InRange(likelihood.Average(), 1.48, 1.52);
        Assert.True(Math.Abs(line.Average() - 1.5) > 0.15);

        static double SlopeOfHistogram(double[] lengths)
        {
            // Even bins of 10 ms, empty ones left out, a straight line through the logarithms.
            var bins = lengths.GroupBy(x => (int)(x / 0.01)).Select(group => (X: Math.Log((group.Key + 0.5) * 0.01), Y: Math.Log(group.Count()))).ToArray();
            var (x, y) = (bins.Average(bin => bin.X), bins.Average(bin => bin.Y));
            return -bins.Sum(bin => (bin.X - x) * (bin.Y - y)) / bins.Sum(bin => (bin.X - x) * (bin.X - x));
        }
    }

    [Fact]
    public void A_cut_dwell_taken_for_a_whole_one_makes_a_rate_too_high()
    {
        var (whole, censored) = (new List<double>(), new List<double>());
        for (var seed = 0; seed < 200; seed++)
        {
            // Gaps cut a record of long dwells every 2 s.
            var random = new Random(seed);
            List<Dwell> dwells = [];
            for (var i = 0; i < 30; i++)
            {
                var sequence = Of(2, () => Exponential(random, 1), () => 1e-3);
                dwells.AddRange(sequence.Where(part => part.IsOn).Select(part => part.Dwell with { BeginUnseen = false }));
            }

            var settings = For(60, 0.01) with { Samples = 1, Longest = 60 };
            whole.Add(DwellTimes.Of(true, [.. dwells.Select(dwell => dwell with { Censored = false })], settings).Rate.Value!.Value);
            censored.Add(DwellTimes.Of(true, dwells, settings).Rate.Value!.Value);
        }

        output.WriteLine($"as whole {whole.Average():F3}, censored {censored.Average():F3}");
        Assert.InRange(censored.Average(), 0.96, 1.05);
        Assert.True(whole.Average() > 1.3);
    }

    [Fact]
    public void Any_number_of_threads_gives_the_same_and_p_values_are_even()
    {
        var random = new Random(5);
        var p = new List<double>();
        for (var i = 0; i < 60; i++)
        {
            double[] lengths = [.. Enumerable.Range(0, 200).Select(_ => PowerLaw(random, 1.6, 0.01, 5)).Order()];
            var laws = new DwellLaws(lengths, [], 0.01, 20);
            p.Add(laws.PValue("power_law", 100, 1, default));
            if (i == 0) Assert.Equal(p[0], laws.PValue("power_law", 100, 1, default));
        }

        output.WriteLine(string.Join(" ", p.Order().Select(x => x.ToString("F2"))));
        Assert.InRange(p.Count(x => x < 0.5), 18, 42);
        Assert.InRange(p.Count(x => x < 0.05), 0, 9);
    }

    [Fact]
    public void The_shortest_dwell_may_be_chosen_by_the_distance()
    {
        // Below 50 ms the dwells follow another law.
        var random = new Random(2);
        List<Dwell> dwells = [.. Enumerable.Range(0, 3000).Select(i => new Dwell(i % 2 == 0 ? 0.005 + 0.045 * random.NextDouble() : PowerLaw(random, 1.6, 0.05, 20), false, 0))];
        var statistics = DwellTimes.Of(true, dwells, For(600) with { ShortestByDistance = true });

        Assert.InRange(statistics.ShortestUsed, 0.045, 0.15);
        Assert.InRange(Pull(statistics.Alpha, 1.6), -3.5, 3.5);
    }

    [Fact]
    public void Nothing_gives_no_number_and_no_fault()
    {
        foreach (var dwells in (List<(bool, Dwell)>[])[[], [(true, new Dwell(10, true, 0))], [.. Enumerable.Range(0, 200).Select(i => (i % 2 == 0, new Dwell(0.1, false, 0)))]])
            foreach (var settings in (DwellSettings[])[For(10), For(10) with { OnRate = 2e3 }, For(10) with { OffRate = 0 }, For(10, 20), For(0)])
            {
                var (brights, darks) = DwellTimes.OfBoth(dwells, settings);
                Assert.Equal(("undetermined", "undetermined"), (brights.Law.Value, darks.Law.Value));
                Assert.Null(brights.Alpha.Value);
                Assert.True(brights.Rate.Value is not { } rate || double.IsFinite(rate));
                Assert.All(brights.Survival.Y!.Values.Concat(brights.Found.Y!.Values), y => Assert.True(double.IsFinite(y!.Value)));
            }
    }

    static double Pull(Quantity quantity, double truth) => (quantity.Value!.Value - truth) / quantity.Sigma!.Value;
}
