using PqdPortal.Analysis.Fitting;
using PqdPortal.Analysis.Lifetime;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Tests.Correlation;
using static PqdPortal.Analysis.Lifetime.Lifetime;

namespace PqdPortal.Analysis.Tests.Lifetime;

public class LifetimeTests
{
    static readonly LifetimeOptions Gaussian = new() { IrfCentre = [2e-9], IrfSigma = [100e-12] };

    static double Value(AnalysisReport report, string name) => report.Quantity(name)!.Value!.Value;

    static double Pull(AnalysisReport report, string name, double truth) =>
        (Value(report, name) - truth) / report.Quantity(name)!.Sigma!.Value;

    static string[] Codes(AnalysisReport report) => [.. report.Messages.Select(message => message.Code)];

    // ---- the answer and its error ----

    [Theory]
    [InlineData("mono", false)]
    [InlineData("mono", true)]
    [InlineData("bi", false)]
    [InlineData("bi", true)]
    public void Twenty_decays_give_the_truth_with_pulls_of_unit_width(string model, bool measured)
    {
        var decay = model == "mono"
            ? new TestDecay { Period = 25e-9, Bin = 32e-12, Photons = 20_000, Background = 1000 }
            : new TestDecay { Period = 50e-9, Bin = 64e-12, Photons = 100_000, Background = 1000, Delay = TestDecay.Two(1.5e-9, 7e-9, 0.4) };
        var names = model == "mono"
            ? new Dictionary<string, double> { ["tau_ns"] = 5, ["shift_ps"] = 0, ["background_fraction"] = 1.0 / 21 }
            : new Dictionary<string, double> { ["tau1_ns"] = 1.5, ["tau2_ns"] = 7, ["f1"] = 0.4, ["tau_amp_ns"] = 1 / (0.4 / 1.5 + 0.6 / 7), ["tau_int_ns"] = 0.4 * 1.5 + 0.6 * 7, ["shift_ps"] = 0 };
        var irf = measured ? decay.Irf(1_000_000) : null;
        var squares = names.Keys.ToDictionary(name => name, _ => 0.0);

        for (var seed = 1; seed <= 20; seed++)
        {
            var report = Compute(decay.File(seed), irf, (measured ? new() : Gaussian) with { Models = ["mono", "bi"] });

            Assert.Equal(model, report.Verdict("model")!.Value);
            Assert.Equal("ok", report.Verdict("quality")!.Value);
            foreach (var (name, truth) in names)
            {
                var pull = Pull(report, name, truth);
                Assert.True(Math.Abs(pull) < 4, $"{name} of seed {seed} is off by {pull} sigma");
                squares[name] += pull * pull / 20;
            }
        }

        // chi-square of 20 over 20 lies between 0.3 and 2.1 in 998 of 1000 cases.
        foreach (var (name, square) in squares) Assert.True(square is > 0.3 and < 2.1, $"{name}: {square}");
    }

    [Fact]
    public void The_law_is_found_among_five()
    {
        (string, Func<Random, double>, Dictionary<string, double>)[] cases =
        [
            ("mono", TestDecay.Exponential(4e-9), new() { ["tau_ns"] = 4 }),
            ("bi", TestDecay.Two(1e-9, 6e-9, 0.4), new() { ["tau1_ns"] = 1, ["tau2_ns"] = 6, ["f2"] = 0.6 }),
            ("tri", TestDecay.Three(0.5e-9, 2.5e-9, 9e-9, 0.25, 0.4), new() { ["tau1_ns"] = 0.5, ["tau2_ns"] = 2.5, ["tau3_ns"] = 9, ["f3"] = 0.35 }),
            ("stretched", TestDecay.Stretched(4e-9, 0.7), new() { ["tau_ns"] = 4, ["beta"] = 0.7, ["tau_mean_ns"] = 4 / 0.7 * MathNet.Numerics.SpecialFunctions.Gamma(1 / 0.7) }),
            ("lognormal", TestDecay.Lognormal(3e-9, 0.6), new() { ["tau_ns"] = 3, ["width"] = 0.6, ["tau_mean_ns"] = 3 * Math.Exp(0.18), ["tau_int_ns"] = 3 * Math.Exp(0.54) }),
        ];
        foreach (var (law, delay, truths) in cases)
        {
            var report = Compute(new TestDecay { Delay = delay, Photons = 500_000, Background = 2000, Bin = 64e-12 }.File(7), null, Gaussian);

            Assert.Equal(law, report.Verdict("model")!.Value);
            foreach (var (name, truth) in truths)
                Assert.True(Math.Abs(Pull(report, name, truth)) < 4, $"{law} {name}: {Value(report, name)} instead of {truth}");
            Assert.Equal(0, Value(report, $"delta_bic_{law}"));
        }
    }

    [Fact]
    public void Amplitude_and_intensity_means_are_different_numbers()
    {
        var report = Compute(new TestDecay { Delay = TestDecay.Two(1e-9, 6e-9, 0.4), Photons = 200_000, Bin = 64e-12 }.File(3), null, Gaussian with { Models = ["bi"] });

        var (amplitude, intensity) = (1 / (0.4 / 1 + 0.6 / 6), 0.4 * 1 + 0.6 * 6);
        Assert.True(Math.Abs(Pull(report, "tau_amp_ns", amplitude)) < 4);
        Assert.True(Math.Abs(Pull(report, "tau_int_ns", intensity)) < 4);
        Assert.True(Math.Abs(Pull(report, "tau_amp_ns", intensity)) > 50);
        Assert.Equal(1 / Value(report, "tau_amp_ns"), Value(report, "rate_per_ns"), 1e-9);
    }

    [Fact]
    public void Where_nothing_is_said_of_the_response_a_Gaussian_is_fitted_along()
    {
        var report = Compute(new TestDecay { Photons = 50_000, Background = 500 }.File(4), null, new() { Models = ["mono", "bi"] });

        Assert.True(Math.Abs(Pull(report, "tau_ns", 5)) < 4);
        Assert.True(Math.Abs(Pull(report, "irf_sigma_ps", 100)) < 4);
        Assert.True(Math.Abs(Pull(report, "irf_t0_ps", 2000)) < 4);
        Assert.Contains("IRF_FITTED", Codes(report));
        Assert.Null(report.Quantity("shift_ps"));
    }

    [Fact]
    public void A_later_decay_has_a_positive_shift()
    {
        var late = new TestDecay { Centre = 2.1e-9, Photons = 50_000 };

        foreach (var report in new[] { Compute(late.File(5), null, Gaussian), Compute(late.File(5), new TestDecay().Irf(500_000), new()) })
        {
            Assert.True(Math.Abs(Pull(report, "shift_ps", 100)) < 4, $"{Value(report, "shift_ps")}");
            Assert.DoesNotContain("IRF_SHIFT_LARGE", Codes(report));
        }

        var far = Compute((late with { Centre = 2.3e-9 }).File(5), null, Gaussian);
        Assert.Contains("IRF_SHIFT_LARGE", Codes(far));
        Assert.Equal(Grade.Warn, far.Quantity("tau_ns")!.Grade);
    }

    [Fact]
    public void Few_photons_have_a_lopsided_interval_that_holds_the_truth()
    {
        var held = 0;
        var square = 0.0;
        for (var seed = 1; seed <= 60; seed++)
        {
            var report = Compute(new TestDecay { Photons = 280, Background = 20, Bin = 128e-12 }.File(seed), null, Gaussian);
            var tau = report.Quantity("tau_ns")!;

            Assert.Equal("mono", report.Verdict("model")!.Value);
            Assert.Equal("profile", tau.Method);
            Assert.True(tau.Hi95 - tau.Value > tau.Value - tau.Lo95);
            if (tau.Lo95 < 5 && tau.Hi95 > 5) held++;
            square += Math.Pow(Pull(report, "tau_ns", 5), 2) / 60;
        }

        // 95 % of 60 is 57 +- 1.7.
        Assert.InRange(held, 52, 60);
        Assert.InRange(square, 0.4, 1.8);
    }

    // ---- the plausible wrong ways ----

    [Fact]
    public void Weights_1_over_n_would_give_a_lifetime_too_short()
    {
        // Many bins of few counts, where weights 1/n pull every bin down by one.
        var decay = new TestDecay { Photons = 20_000, Background = 2000 };
        double ours = 0, neyman = 0;
        const int seeds = 10;
        for (var seed = 1; seed <= seeds; seed++)
        {
            var (fit, model) = Fitted(decay.Counts(seed), decay.Period / decay.Bin);
            ours += (Math.Exp(fit.Values[0]) * decay.Bin / 5e-9 - 1) / fit.Sigma(0)!.Value / seeds;
            // The same model by least squares with weights 1/n, an empty bin counting as one.
            var p = fit.Values.ToArray();
            var mu = new double[model.Bins];
            var jacobian = p.Select(_ => new double[model.Bins]).ToArray();
            int[] free = [0, 1, 2];
            for (var step = 0; step < 30; step++)
            {
                model.Evaluate(p, mu, jacobian);
                var (matrix, right) = (new double[3, 3], new double[3]);
                for (var i = 0; i < mu.Length; i++)
                    for (var a = 0; a < 3; a++)
                    {
                        var w = jacobian[free[a]][i] / Math.Max(model.Counts[i], 1);
                        right[a] += w * (model.Counts[i] - mu[i]);
                        for (var b = 0; b < 3; b++) matrix[a, b] += w * jacobian[free[b]][i];
                    }

                var move = MathNet.Numerics.LinearAlgebra.Double.DenseMatrix.OfArray(matrix).Solve(MathNet.Numerics.LinearAlgebra.Double.DenseVector.OfArray(right));
                for (var a = 0; a < 3; a++) p[free[a]] += 0.5 * move[a];
            }

            neyman += (Math.Exp(p[0]) * decay.Bin / 5e-9 - 1) / fit.Sigma(0)!.Value / seeds;
        }

        Assert.True(Math.Abs(ours) < 5 / Math.Sqrt(seeds), $"ours is off by {ours} sigma");
        Assert.True(Math.Abs(neyman) > 5 / Math.Sqrt(seeds) + 1, $"weights 1/n are off by {neyman} sigma only");
    }

    /// <summary>One exponential with a known Gaussian response, for another period [bins].</summary>
    static (FitResult Fit, DecayModel Model) Fitted(long[] counts, double period, double sigma = 100e-12, double bin = 16e-12)
    {
        var grid = new DecayGrid(counts.Length, bin, 0, period);
        var detector = new DetectorDecay(0, grid, new GaussianResponse(grid, 2e-9, sigma, 0.5e-9, false), [.. counts.Select(n => (double)n)], [.. counts.Select(_ => 1.0)]) { Guess = (counts.Sum(), 0.5) };
        var model = new DecayModel(DecayKind.Mono, [detector], DecayLaw.Parameters(DecayKind.Mono, [200], [], 1, 1e5));
        return (PoissonFit.Run(model, model.Counts), model);
    }

    [Fact]
    public void Forgetting_the_response_would_be_seen()
    {
        var decay = new TestDecay { Sigma = 300e-12, Photons = 50_000, Delay = TestDecay.Exponential(1e-9) };

        var right = Compute(decay.File(1), null, Gaussian with { IrfSigma = [300e-12] });
        var wrong = Compute(decay.File(1), null, Gaussian with { IrfSigma = [0], Models = ["mono"] });

        Assert.True(Math.Abs(Pull(right, "tau_ns", 1)) < 4);
        Assert.DoesNotContain("FIT_POOR", Codes(right));
        Assert.Contains("FIT_POOR", Codes(wrong));
        Assert.Contains("RESIDUALS_STRUCTURED", Codes(wrong));
    }

    [Fact]
    public void A_decay_that_outlives_the_period_is_right_only_with_the_pulses_before()
    {
        var counts = new TestDecay { Period = 12.5e-9, Delay = TestDecay.Exponential(5e-9), Photons = 300_000 }.Counts(2);

        var (right, _) = Fitted(counts, 12.5e-9 / 16e-12);
        var (endless, _) = Fitted(counts, double.PositiveInfinity);

        Assert.True(Math.Abs((Math.Exp(right.Values[0]) * 16e-3 / 5 - 1) / right.Sigma(0)!.Value) < 4);
        Assert.True(Math.Abs((Math.Exp(endless.Values[0]) * 16e-3 / 5 - 1) / endless.Sigma(0)!.Value) > 10);
    }

    [Fact]
    public void A_period_that_ends_within_a_bin_is_not_a_whole_number_of_bins()
    {
        var counts = new TestDecay { Period = 12.5e-9, Delay = TestDecay.Exponential(6e-9), Photons = 1_000_000 }.Counts(3);

        var (right, _) = Fitted(counts, 781.25);
        var (rounded, _) = Fitted(counts, 782);

        Assert.True(Math.Abs((Math.Exp(right.Values[0]) * 16e-3 / 6 - 1) / right.Sigma(0)!.Value) < 4);
        Assert.True(rounded.Deviance > right.Deviance + 100, $"{rounded.Deviance} {right.Deviance}");
    }

    [Fact]
    public void Half_a_bin_would_be_seen_in_the_shift()
    {
        var decay = new TestDecay { Bin = 64e-12, Photons = 300_000 };

        var report = Compute(decay.File(6), decay.Irf(3_000_000), new() { Models = ["mono"] });

        Assert.True(Math.Abs(Pull(report, "shift_ps", 0)) < 4);
        Assert.True(Math.Abs(Pull(report, "shift_ps", 32)) > 10);
    }

    [Fact]
    public void Pile_up_is_corrected_where_one_photon_per_pulse_is_taken_and_only_there()
    {
        // A fifth of the pulses count; of each only the first photon is taken.
        const int pulses = 1_000_000;
        var random = new Random(9);
        var decay = new TestDecay { Bin = 64e-12, Duration = pulses * 50e-9 };
        var counts = new long[(int)Math.Ceiling(decay.Period / decay.Bin)];
        for (var pulse = 0; pulse < pulses; pulse++)
        {
            var first = double.PositiveInfinity;
            // A Poisson number of photons of mean 0.2231, and the earliest of them.
            for (var p = random.NextDouble(); p > 0.8; p *= random.NextDouble()) first = Math.Min(first, decay.Draw(random));
            if (double.IsFinite(first)) counts[(int)(first / decay.Bin)]++;
        }

        var options = Gaussian with { Models = ["mono"] };
        var corrected = Compute(decay.Of(counts), null, options with { OnePhotonPerSync = true });
        var plain = Compute(decay.Of(counts), null, options);

        Assert.Equal(0.2, Value(plain, "photons_per_pulse"), 0.002);
        Assert.True(Math.Abs(Value(corrected, "tau_ns") / 5 - 1) < 0.009, $"{Value(corrected, "tau_ns")}");
        Assert.True(Value(plain, "tau_ns") < 4.85, $"{Value(plain, "tau_ns")}");
        foreach (var report in new[] { corrected, plain })
        {
            Assert.Equal("yes", report.Verdict("pileup")!.Value);
            Assert.Contains("PILEUP", Codes(report));
        }

        // Electronics that take every photon saw nothing too few; the correction would make the lifetime too long.
        var all = new TestDecay { Bin = 64e-12, Photons = 200_000, Duration = pulses * 50e-9 }.File(10);
        Assert.True(Math.Abs(Pull(Compute(all, null, options), "tau_ns", 5)) < 4);
        Assert.True(Value(Compute(all, null, options with { OnePhotonPerSync = true }), "tau_ns") > 5.15);

        var hopeless = Compute(decay.Of([.. counts.Select(n => 2 * n)]), null, options with { OnePhotonPerSync = true });
        Assert.Equal(("undetermined", "insufficient"), (hopeless.Verdict("model")!.Value, hopeless.Verdict("quality")!.Value));
        Assert.NotNull(hopeless.Quantity("tau_ns")!.Value);
    }

    [Fact]
    public void Coates_counts_the_pulses_that_still_wait()
    {
        // 100 pulses, half of which count at once; of the other 50 half in the second bin.
        var exposure = PileUp.Exposure([50, 25, 0], 100);

        Assert.Equal(0.5 / Math.Log(2), exposure[0], 1e-12);
        Assert.Equal(0.25 / Math.Log(2), exposure[1], 1e-12);
        Assert.Equal(0.25, exposure[2], 1e-12);
    }

    // ---- several detectors, other files ----

    [Fact]
    public void Detectors_share_the_decay_and_keep_their_own_response_and_background()
    {
        var (a, b) = (new TestDecay { Bin = 32e-12, Photons = 40_000, Background = 400 }, new TestDecay { Bin = 32e-12, Centre = 2.4e-9, Sigma = 180e-12, Photons = 25_000, Background = 2500 });
        var file = a.Of(a.Counts(1), b.Counts(2));
        var options = new LifetimeOptions { Channels = [0, 1], IrfCentre = [2e-9, 2.4e-9], IrfSigma = [100e-12, 180e-12], Models = ["mono", "bi"] };

        var report = Compute(file, null, options);

        Assert.True(Math.Abs(Pull(report, "tau_ns", 5)) < 4);
        foreach (var name in new[] { "tau_ns_ch0", "tau_ns_ch1" }) Assert.True(Math.Abs(Pull(report, name, 5)) < 4);
        Assert.True(report.Quantity("tau_ns")!.Sigma < report.Quantity("tau_ns_ch0")!.Sigma);
        Assert.Equal(67_900, Value(report, "photons"));
        Assert.Equal(3, report.Curves.Count(curve => curve.Name.StartsWith("decay")));
        Assert.Equal(67_900, report.Curve("decay")!.Y!.Values.Sum()!.Value, 1e-6);
        Assert.Equal(67_900, report.Curve("decay")!.Fit!.Sum()!.Value, 5.0);

        // One response for both would be seen.
        var wrong = Compute(file, null, options with { IrfCentre = [2e-9], IrfSigma = [100e-12] });
        Assert.Contains("RESIDUALS_STRUCTURED", Codes(wrong));
        Assert.Contains("IRF_SHIFT_LARGE", Codes(wrong));
        // So would two lifetimes.
        var other = (b with { Delay = TestDecay.Exponential(7e-9) }).Counts(2);
        Assert.Contains("DETECTORS_DIFFER", Codes(Compute(a.Of(a.Counts(1), other), null, options)));
    }

    [Fact]
    public void A_stream_with_micro_times_gives_the_same_as_its_histogram_whatever_the_batches()
    {
        var decay = new TestDecay { Bin = 32e-12, Photons = 30_000, Background = 500 };
        var photons = decay.T3(4, detectors: 2);
        var options = Gaussian with { Models = ["mono"] };

        var report = Compute(photons, null, options);

        var counts = DecaySet.Of(photons).Decays.Select(one => one.Counts).ToArray();
        var histogram = Compute((decay with { Duration = photons.HeaderDuration!.Value }).Of(counts), null, options with { Channels = [0, 1] });
        Assert.True(Math.Abs(Pull(report, "tau_ns", 5)) < 4);
        Assert.Equal(Value(histogram, "tau_ns"), Value(report, "tau_ns"), 1e-12);
        Assert.Equal(Value(report, "tau_ns"), Value(Compute(decay.T3(4, detectors: 2, batch: 77), null, options), "tau_ns"));
        Assert.Equal("no", report.Verdict("pileup")!.Value);
    }

    [Fact]
    public void A_stream_without_micro_times_is_counted_from_its_sync_events()
    {
        var random = new Random(3);
        var decay = new TestDecay();
        var events = new List<(long, short)>();
        for (var pulse = 0L; pulse < 400_000; pulse++)
        {
            if (pulse % 4 == 0) events.Add((pulse * 50_000, Channels.Sync));
            if (random.Next(10) == 0) events.Add((pulse * 50_000 + (long)(decay.Draw(random) * 1e12), 0));
        }

        events.Sort();
        var photons = new MemoryPhotons
        {
            Format = "test", RecordType = "test T2", Mode = "T2", Tick = 1e-12, HeaderDuration = 0.02, AvailableRecords = events.Count,
            Header = new() { ["TTResult_SyncRate"] = 20_000_000 },
            Times = [.. events.Select(e => e.Item1)], Codes = [.. events.Select(e => e.Item2)],
        };

        var report = Compute(photons, null, Gaussian with { Models = ["mono"] });

        Assert.True(Math.Abs(Pull(report, "tau_ns", 5)) < 4);
        Assert.Equal("yes", report.Verdict("pileup")!.Value);
    }

    [Fact]
    public void Where_the_period_is_not_told_the_data_decide_or_the_person_says_it()
    {
        var decay = new TestDecay { Period = 12.5e-9, Bin = 12.5e-12, Delay = TestDecay.Exponential(6e-9), Photons = 200_000, SaysPeriod = false };
        var options = Gaussian with { Models = ["mono"] };

        foreach (var report in new[] { Compute(decay.File(1), null, options), Compute(decay.File(1), null, options with { Period = 12.5e-9 }) })
            Assert.True(Math.Abs(Pull(report, "tau_ns", 6)) < 4);
        Assert.Contains("PERIOD_UNKNOWN", Codes(Compute(decay.File(1), null, options)));
        Assert.Equal("undecided", Compute(decay.File(1), null, options).Verdict("pileup")!.Value);

        // The end of the curve cut off, nothing is left from a pulse before.
        var whole = new TestDecay { Period = 100e-9, Delay = TestDecay.Exponential(6e-9), Photons = 100_000, SaysPeriod = false };
        var cut = whole.Of(whole.Counts(2)[..1000]);
        Assert.True(Math.Abs(Pull(Compute(cut, null, options), "tau_ns", 6)) < 4);
        Assert.Contains("period_ns", Assert.Throws<RequestException>(() => Compute(cut, null, options with { Period = 5e-9 })).Message);
    }

    [Fact]
    public void A_table_with_its_response_beside_the_decay_uses_it()
    {
        var decay = new TestDecay { Photons = 50_000 };
        var set = new HistogramSet
        {
            Format = "test",
            Curves = [new(decay.Counts(1), 16e-12) { Name = "Decay", SyncRate = 20e6 }, new((decay with { Delay = _ => 0, Photons = 500_000 }).Counts(2), 16e-12) { Name = "IRF", SyncRate = 20e6 }],
        };

        var report = Compute(set, null, new() { Models = ["mono"] });

        Assert.Contains("IRF_IN_FILE", Codes(report));
        Assert.True(Math.Abs(Pull(report, "tau_ns", 5)) < 4);
        Assert.Equal(50_000, Value(report, "photons"));
    }

    [Fact]
    public void A_curve_that_begins_at_its_top_is_fitted_from_there()
    {
        var decay = new TestDecay { Centre = 0, Sigma = 1e-13, Photons = 50_000, SaysPeriod = false };
        var counts = decay.Counts(1);
        (counts[0], counts[^1]) = (counts[0] + counts[^1], 0);

        var report = Compute(decay.Of(counts), null, new() { Models = ["mono", "bi"] });

        Assert.True(Math.Abs(Pull(report, "tau_ns", 5)) < 4);
        Assert.Contains("NO_RISE", Codes(report));
    }

    [Fact]
    public void A_finer_response_is_rebinned_and_one_that_does_not_fit_is_refused()
    {
        var decay = new TestDecay { Bin = 32e-12, Photons = 50_000 };

        var finer = Compute(decay.File(1), new TestDecay { Bin = 16e-12 }.Irf(500_000), new() { Models = ["mono"] });
        Assert.True(Math.Abs(Pull(finer, "tau_ns", 5)) < 4);
        Assert.Contains("IRF_REBINNED", Codes(finer));

        var coarser = Compute((decay with { Bin = 16e-12 }).File(1), decay.Irf(500_000), new() { Models = ["mono"] });
        Assert.True(Math.Abs(Pull(coarser, "tau_ns", 5)) < 4);

        Assert.Contains("whole multiple", Assert.Throws<RequestException>(() => Compute(decay.File(1), new TestDecay { Bin = 25e-12 }.Irf(10_000), new())).Message);
        Assert.Contains("period", Assert.Throws<RequestException>(() => Compute(decay.File(1), new TestDecay { Bin = 32e-12, Period = 100e-9 }.Irf(10_000), new())).Message);
        Assert.Throws<RequestException>(() => Compute(decay.File(1), decay.Irf(10_000), Gaussian));
        Assert.Throws<InsufficientDataException>(() => Compute(decay.File(1), decay.Of(new long[1563]), new()));
    }

    // ---- what is said ----

    [Fact]
    public void A_noisy_response_is_said()
    {
        var decay = new TestDecay { Photons = 50_000 };

        Assert.Contains("IRF_NOISY", Codes(Compute(decay.File(1), decay.Irf(20_000), new() { Models = ["mono"] })));
        Assert.DoesNotContain("IRF_NOISY", Codes(Compute(decay.File(1), decay.Irf(200_000), new() { Models = ["mono"] })));
    }

    [Fact]
    public void A_lifetime_far_below_the_response_has_an_upper_limit_alone()
    {
        var report = Compute(new TestDecay { Delay = TestDecay.Exponential(10e-12), Photons = 30_000 }.File(1), null, Gaussian with { Models = ["mono"] });

        var tau = report.Quantity("tau_ns")!;
        Assert.Contains("IRF_LIMITED", Codes(report));
        Assert.Null(tau.Lo95);
        Assert.True(tau.Hi95 is > 0.01 and < 0.06, $"{tau.Hi95}");
    }

    [Fact]
    public void Components_that_cannot_be_told_apart_are_merged()
    {
        var report = Compute(new TestDecay { Photons = 50_000, Bin = 64e-12 }.File(3), null, Gaussian with { Models = ["bi"] });

        Assert.Equal("mono", report.Verdict("model")!.Value);
        Assert.Contains("COMPONENTS_MERGED", Codes(report));
        Assert.True(Math.Abs(Pull(report, "tau_ns", 5)) < 4);
    }

    [Fact]
    public void A_known_background_is_taken_and_an_impossible_one_is_not()
    {
        // 1000 of 21,000 photons in 10 s.
        var decay = new TestDecay { Period = 25e-9, Photons = 20_000, Background = 1000, Bin = 32e-12 };
        var options = Gaussian with { Models = ["mono"] };

        var free = Compute(decay.File(1), null, options);
        var known = Compute(decay.File(1), null, options with { Background = [100] });
        Assert.True(Math.Abs(Pull(known, "tau_ns", 5)) < 4);
        Assert.True(known.Quantity("tau_ns")!.Sigma < free.Quantity("tau_ns")!.Sigma);
        Assert.Equal(1.0 / 21, Value(known, "background_fraction"), 0.001);

        var impossible = Compute(decay.File(1), null, options with { Background = [5000] });
        Assert.Contains("BACKGROUND_EXCEEDS_SIGNAL", Codes(impossible));
        Assert.True(Math.Abs(Pull(impossible, "tau_ns", 5)) < 4);
        Assert.Contains("background_cps", Assert.Throws<RequestException>(() => Compute(decay.File(1), null, options with { Background = [1, 2] })).Message);
    }

    [Fact]
    public void The_radiative_rate_is_the_yield_over_the_amplitude_mean()
    {
        var report = Compute(new TestDecay { Photons = 50_000 }.File(1), null, Gaussian with { Models = ["mono"], Plqy = [0.8, 0.05] });

        var (rate, tau) = (report.Quantity("radiative_rate_per_ns")!, report.Quantity("tau_ns")!);
        Assert.Equal(0.8 / tau.Value!.Value, rate.Value!.Value, 1e-9);
        var relative = Math.Sqrt(Math.Pow(0.05 / 0.8, 2) + Math.Pow(tau.Sigma!.Value / tau.Value.Value, 2));
        Assert.Equal(relative, rate.Sigma!.Value / rate.Value.Value, 1e-6);
        Assert.Equal(1 / tau.Value.Value, Value(report, "rate_per_ns"), 1e-9);
        Assert.Contains("PLQY_NOT_SAME_OBJECT", Codes(report));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(60)]
    public void Too_few_photons_withhold_the_verdict_and_say_how_many_are_needed(int photons)
    {
        var report = Compute(new TestDecay { Photons = photons }.T3(1), null, Gaussian);

        Assert.Equal(("undetermined", "insufficient"), (report.Verdict("model")!.Value, report.Verdict("quality")!.Value));
        Assert.Contains(photons == 0 ? "EMPTY_CHANNEL" : "TOO_FEW_PHOTONS", Codes(report));
        Assert.Equal(photons >= 20, report.Quantity("tau_ns")?.Value is not null);
    }

    [Fact]
    public void A_channel_that_is_not_there_is_named_with_those_that_are()
    {
        var report = Compute(new TestDecay { Photons = 1000 }.T3(1, detectors: 2), null, Gaussian with { Channels = [0, 5] });

        var message = report.Messages.Single(m => m.Code == "EMPTY_CHANNEL");
        Assert.Contains("Channel 5", message.Text);
        Assert.Contains("1 (", message.Text);
        Assert.Equal("insufficient", report.Verdict("quality")!.Value);
    }

    [Fact]
    public void Strange_decays_give_sentences_and_finite_numbers()
    {
        long[] flat = [.. Enumerable.Repeat(50L, 200)], one = new long[200], first = new long[200], last = new long[200];
        (one[100], first[0], last[^1]) = (100_000, 5000, 5000);
        long[] rising = [.. Enumerable.Range(0, 200).Select(i => (long)i)];
        foreach (var counts in new[] { flat, one, first, last, rising, [0, 50, 100, 50, 25, 12, 6, 3] })
            foreach (var says in new[] { true, false })
            {
                var report = Compute(new TestDecay { Period = counts.Length * 16e-12, SaysPeriod = says }.Of(counts), null, new());

                if (counts == flat) Assert.Equal(("undetermined", "insufficient"), (report.Verdict("model")!.Value, report.Verdict("quality")!.Value));
                foreach (var quantity in report.Quantities)
                {
                    Assert.True(quantity.Value is null || double.IsFinite(quantity.Value.Value), quantity.Name);
                    Assert.True(quantity.Sigma is null || double.IsFinite(quantity.Sigma.Value), quantity.Name);
                }

                foreach (var curve in report.Curves)
                    Assert.All(curve.Y!.Values.Concat(curve.Fit ?? []).Concat(curve.More.Values.SelectMany(more => more.Values)), y => Assert.True(y is null || double.IsFinite(y.Value)));
            }
    }

    [Fact]
    public void Contradictions_are_refused_in_words()
    {
        var photons = new TestDecay { Photons = 1000 };

        Assert.Contains("channels", Assert.Throws<RequestException>(() => Compute(photons.File(1), null, new() { Channels = [0], Channel = 0 })).Message);
        Assert.Throws<RequestException>(() => Compute(photons.File(1), null, new() { Channels = [0, 0] }));
        Assert.Contains("Say which", Assert.Throws<RequestException>(() => Compute(photons.Of(photons.Counts(1), photons.Counts(2)), null, new())).Message);
        Assert.Contains("jitter_sigma_ps", Assert.Throws<RequestException>(() => Compute(photons.File(1), null, Gaussian with { Jitter = [50e-12] })).Message);
        Assert.Contains("irf_sigma_ps", Assert.Throws<RequestException>(() => Compute(photons.File(1), null, Gaussian with { IrfSigma = [50e-12, 60e-12, 70e-12] })).Message);
    }

    [Fact]
    public void The_same_question_has_the_same_answer()
    {
        var file = new TestDecay { Photons = 5000 }.File(1);

        Assert.Equal(Compute(file, null, new()).Quantities, Compute(file, null, new()).Quantities, (a, b) => (a.Name, a.Value, a.Sigma, a.Lo95, a.Hi95) == (b.Name, b.Value, b.Sigma, b.Lo95, b.Hi95));
    }
}
