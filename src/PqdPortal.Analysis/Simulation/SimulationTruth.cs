using System.Globalization;
using System.Text.Json.Nodes;

namespace PqdPortal.Analysis.Simulation;

/// <summary>What an ideal analysis of a simulated run would find, by the names the analyses use.</summary>
public static class SimulationTruth
{
    /// <summary>The truth beside a file: parameters, what follows from them, and what happened in this run.</summary>
    public static JsonObject Of(SimulationOptions options, RealisedRun run) => new()
    {
        ["simulated"] = true,
        ["parameters"] = SimulationRequest.Write(options),
        ["truth"] = Expected(options, run),
        ["realised"] = Realised(options, run),
    };

    /// <summary>What is to be expected before a run. Of power-law blinking the long-run shares of time are taken.</summary>
    public static JsonObject Expected(SimulationOptions options) => Expected(options, null);

    static JsonObject Expected(SimulationOptions o, RealisedRun? run)
    {
        var setup = SimulationSetup.Of(o);
        var truth = new JsonObject
        {
            ["kind"] = o.Kind,
            ["record_type"] = setup.Type.Name,
            ["duration_s"] = o.Duration,
            ["channels"] = new JsonArray([.. setup.Channels.Select(c => (JsonNode)c)]),
        };

        var dwell = Shares(o, run);
        var meanBrightness = dwell.Zip(setup.Brightness, (q, b) => q * b).Sum();
        if (o.Drift != 0) meanBrightness *= Fading(o).Mean / setup.Brightest;
        else if (o.Bleaching is { } bleached && bleached < o.Duration) meanBrightness *= bleached / o.Duration;
        var signal = (setup.LightRate.Length > 0 ? setup.LightRate : setup.SignalRate)
            .Select(rate => rate * (setup.Shares.Length > 0 || setup.LightRate.Length > 0 ? meanBrightness : 0)).ToArray();
        var total = signal.Select((s, d) => (s + setup.UncorrelatedRate[d]) / (1 - setup.Afterpulse[d])).ToArray();
        truth["signal_cps"] = Numbers(signal);
        truth["background_cps"] = Numbers(setup.UncorrelatedRate);
        truth["total_cps"] = Numbers(total);

        if (setup.Shares.Length > 0) Emitter(truth, o, setup, dwell, signal, total);
        else if (o.Kind is "thermal" or "clusters") Bunched(truth, o, setup, signal, total);
        else if (o.Kind == "hom") Hom(truth, o);
        else if (o.Kind == "michelson") Coherence(truth, o, setup);
        else truth["g2_0"] = 1.0;

        truth["mean_cps"] = total.Sum();
        truth["dark_cps"] = Numbers(o.Dark);
        if (o.Drift != 0)
        {
            truth["drift_per_hour"] = o.Drift;
            truth["initial_cps"] = (signal.Sum() / Fading(o).Mean + setup.UncorrelatedRate.Sum()) / (1 - setup.Afterpulse.Average());
        }

        if (setup.Type.IsT3 || setup.IsPulsed) truth["sync_period_s"] = setup.Period / Grain.PerSecond;
        if (setup.Type.IsT3) truth["dtime_unit_s"] = setup.ChannelWidth / Grain.PerSecond;
        else truth["time_unit_s"] = setup.Tick / Grain.PerSecond;
        truth["jitter_sigma_ps"] = Numbers([.. setup.Jitter.Select(s => s * 1e12)]);
        truth["dead_ns"] = Numbers([.. setup.DeadTime.Select(t => t * 1e9)]);
        truth["p_afterpulse"] = Numbers(setup.Afterpulse);
        if (setup.Afterpulse.Any(p => p > 0)) truth["afterpulse_tau_ns"] = o.AfterpulseDecay * 1e9;
        truth["artefact"] = o.CommonDeadTime > 0 ? "common_deadtime" : o.Crosstalk > 0 ? "crosstalk" : "none";
        if (o.CommonDeadTime > 0) truth["tdc_dead_ns"] = Clean(o.CommonDeadTime * 1e9);
        if (o.OnePhotonPerSync == "yes")
        {
            // What a pulse gives the electronics on average; the later photons of a pulse are lost.
            var photons = total.Sum() * setup.Period / Grain.PerSecond;
            truth["photons_per_pulse"] = photons;
            truth["pileup"] = photons > 0.01 ? "yes" : "no";
        }

        truth["bleached"] = o.Bleaching < o.Duration ? "yes" : "no";
        if (o.Bleaching < o.Duration) truth["t_bleach_s"] = o.Bleaching;
        return truth;
    }

    static void Emitter(JsonObject truth, SimulationOptions o, SimulationSetup setup, double[] dwell, double[] signal, double[] total)
    {
        var sameEmitter = setup.Shares.Sum(p => p * p);
        var own = 0.0;
        if (o.Kind == "pulsed")
        {
            var (one, more) = PulsedEmitter.Pulse.Absorbed(o.MeanExcitons);
            var photons = one + more + o.BiexcitonRatio * more;
            own = 2 * more * o.BiexcitonRatio / (photons * photons);
            truth["bx_ratio"] = o.BiexcitonRatio;
            truth["mean_excitons"] = o.MeanExcitons;
            if (o.BiexcitonRatio > 0) truth["tau_bx_ns"] = Clean(o.BiexcitonLifetime * 1e9);
        }
        else if (o.Kind == "kinetic" && setup.IsPulsed)
        {
            var (photons, pairs, _) = setup.Schemes[0].Pulsed(o.MeanExcitons, setup.Period / Grain.PerSecond);
            own = pairs / (photons * photons);
            truth["mean_excitons"] = o.MeanExcitons;
        }
        else if (o.Kind == "kinetic") own = setup.Schemes[0].G2(setup.Pump, 0);

        // Blinking: pairs of the same emitter at short delays are 1 + A times those of steady light.
        var mean = dwell.Zip(setup.Brightness, (q, b) => q * b).Sum();
        var amplitude = dwell.Zip(setup.Brightness, (q, b) => q * b * b).Sum() / (mean * mean) - 1;
        var plateau = 1 + amplitude * sameEmitter;
        var centre = 1 - sameEmitter + sameEmitter * own * (1 + amplitude);
        var g2 = centre / plateau;
        truth["g2_0"] = Clean(g2);
        if (signal.Length > 1)
        {
            var purity = signal[0] / total[0] * (signal[1] / total[1]);
            truth["rho_squared"] = purity;
            truth["g2_0_raw"] = Clean(o.Drift == 0 ? 1 + purity * (centre - 1)
                : 1 + purity * (centre * Fading(o).Square / (Fading(o).Mean * Fading(o).Mean) - 1));
        }

        truth["n_emitters"] = g2 < 1 ? 1 / (1 - g2) : null;
        truth["single_emitter"] = g2 < 0.5 ? "yes" : "no";
        truth["tau_ns"] = Clean(o.Lifetime * 1e9);

        if (o.Kind == "two_level")
        {
            truth["pump_per_ns"] = Clean(setup.Pump * 1e-9);
            if (setup.Lifetimes.Distinct().Count() == 1) truth["t1_ns"] = 1e9 / (setup.Pump + 1 / setup.Lifetimes[0]);
            truth["a"] = 0;
        }
        else if (o.Kind == "three_level")
        {
            truth["pump_per_ns"] = Clean(setup.Pump * 1e-9);
            if (setup.Lifetimes.Distinct().Count() == 1 && ThreeLevel(setup.Pump, 1 / setup.Lifetimes[0], o.ShelvingProbability, 1 / o.ShelfLifetime) is { } three)
            {
                truth["t1_ns"] = three.T1 * 1e9;
                truth["a"] = three.A * sameEmitter;
                truth["t2_ns"] = three.T2 * 1e9;
            }
        }

        else if (o.Kind == "kinetic")
        {
            truth["states"] = new JsonArray([.. setup.Schemes[0].States.Select(name => (JsonNode)name)]);
            if (!setup.IsPulsed) Scheme(truth, setup, sameEmitter);
        }

        if (o.Kind == "pulsed" || (o.Kind == "kinetic" && setup.IsPulsed)) Decay(truth, o, setup, dwell);
        if (o.Blinking != "none") Blinking(truth, o, setup, dwell, amplitude * sameEmitter);
        if (o.Blinking != "none" && setup.Shares.Length == 1)
        {
            // What the log-binned correlation of all detectors finds: background lowers the amplitude.
            var purity = signal.Sum() / total.Sum();
            truth["amplitude"] = amplitude * sameEmitter * purity * purity;
            if (truth["blink_time_us"] is { } time) truth["tau_us"] = time.GetValue<double>();
            truth["flicker"] = o.Blinking == "exponential" ? "no" : "yes";
        }
    }

    /// <summary>g2 of a scheme under a continuous laser: as rates and amplitudes, in the words of the analyses where two rates tell it, and as a curve.</summary>
    static void Scheme(JsonObject truth, SimulationSetup setup, double sameEmitter)
    {
        truth["pump_per_ns"] = Clean(setup.Pump * 1e-9);
        var parts = setup.Schemes.Length == 1 ? setup.Schemes[0].Correlation(setup.Pump) : null;
        if (parts is { Count: 1 })
        {
            truth["t1_ns"] = parts[0].Time * 1e9;
            truth["a"] = 0;
        }
        else if (parts is { Count: 2 } && parts[1].Amplitude >= 0)
        {
            truth["t1_ns"] = parts[0].Time * 1e9;
            truth["a"] = parts[1].Amplitude * sameEmitter;
            truth["t2_ns"] = parts[1].Time * 1e9;
        }

        if (parts is not null)
        {
            truth["g2_times_ns"] = Numbers([.. parts.Select(part => part.Time * 1e9)]);
            truth["g2_amplitudes"] = Numbers([.. parts.Select(part => part.Amplitude * sameEmitter)]);
        }

        if (setup.Schemes.Length > 1) return;
        var delays = Enumerable.Range(0, 49).Select(i => 0.1e-9 * Math.Pow(10, i / 8.0)).Prepend(0).ToArray();
        truth["g2_curve"] = new JsonObject
        {
            ["delay_ns"] = Numbers([.. delays.Select(delay => Clean(delay * 1e9))]),
            ["g2"] = Numbers([.. delays.Select(delay => 1 + sameEmitter * (setup.Schemes[0].G2(setup.Pump, delay) - 1))]),
        };
    }

    /// <summary>The decay after a pulse, where it is one exponential, or one for each of two blinking states.</summary>
    static void Decay(JsonObject truth, SimulationOptions o, SimulationSetup setup, double[] dwell)
    {
        if (o.Kind == "kinetic" || o.BiexcitonRatio > 0) return;
        var lifetimes = setup.Lifetimes.Zip(dwell.Zip(setup.Brightness, (q, b) => q * b), (tau, light) => (Tau: tau, Light: light))
            .Where(x => x.Light > 0).GroupBy(x => x.Tau).Select(g => (Tau: g.Key, Light: g.Sum(x => x.Light))).OrderBy(x => x.Tau).ToArray();
        truth["model"] = lifetimes.Length switch { 1 => "mono", 2 => "bi", 3 => "tri", _ => null };
        if (lifetimes.Length is not (2 or 3)) return;
        var sum = lifetimes.Sum(x => x.Light);
        for (var i = 0; i < lifetimes.Length; i++)
        {
            truth[$"tau{i + 1}_ns"] = Clean(lifetimes[i].Tau * 1e9);
            if (i < lifetimes.Length - 1) truth[$"f{i + 1}"] = lifetimes[i].Light / sum;
        }

        truth["tau_int_ns"] = lifetimes.Sum(x => x.Light * x.Tau) / sum * 1e9;
        truth["tau_amp_ns"] = sum / lifetimes.Sum(x => x.Light / x.Tau) * 1e9;
    }

    static void Bunched(JsonObject truth, SimulationOptions o, SimulationSetup setup, double[] signal, double[] total)
    {
        var thermal = o.Kind == "thermal";
        var a = thermal ? 1.0 / o.Modes : o.ClusterAmplitude;
        truth["g2_0"] = 1 + a;
        truth["amplitude"] = a;
        truth["tau_c_ps"] = Clean(o.CoherenceTime * 1e12);
        truth["tau_int_us"] = Clean(o.CoherenceTime * 1e6);
        truth["area_ps"] = Clean(2 * a * o.CoherenceTime * 1e12);
        // Of K modes 1 + 3/K + 2/K^2; among pairs no three belong together.
        truth["g3_0"] = setup.Pairs ? 1 + 3 * a : thermal ? 1 + 3 * a + 2 * a * a : 1 + 3 * a + 4 * a * a / 3;
        truth["method"] = setup.Pairs ? "pairs" : thermal ? "field" : "bursts";
        if (signal.Length > 1)
        {
            var purity = signal[0] / total[0] * (signal[1] / total[1]);
            truth["rho_squared"] = purity;
            truth["g2_0_raw"] = Clean(1 + purity * a);
        }

        truth["superbunched"] = a > 1.2 ? "yes" : a <= 1 ? "no" : null;
        truth["thermal_consistent"] = a == 1 ? "yes" : Math.Abs(a - 1) > 0.3 ? "no" : null;
    }

    static void Hom(JsonObject truth, SimulationOptions o)
    {
        var (r, t, f) = (o.Reflectance, 1 - o.Reflectance, o.NoiseShare);
        var g = 2 * f * (1 - f);
        var orthogonal = r * r + t * t + 2 * r * t * g;
        var parallel = orthogonal - 2 * r * t * o.Contrast * o.Contrast * o.Indistinguishability * (1 - f) * (1 - f);
        truth["g2_0"] = Clean(g);
        truth["delay_periods"] = o.HomDelay;
        truth["R"] = o.Reflectance;
        truth["T"] = Clean(t);
        truth["one_minus_epsilon"] = o.Contrast;
        truth["M"] = o.Indistinguishability;
        truth["noise_share"] = f;
        truth["polarisation"] = o.Polarisation;
        truth["A0_parallel"] = Clean(parallel);
        truth["A0_orthogonal"] = Clean(orthogonal);
        truth["V_raw"] = Clean(1 - parallel / orthogonal);
        truth["tau_ns"] = Clean(o.Lifetime * 1e9);
    }

    static void Coherence(JsonObject truth, SimulationOptions o, SimulationSetup setup)
    {
        truth["V0"] = o.V0;
        truth["T2_ps"] = Clean(o.T2 * 1e12);
        // Full width of the line: 2 hbar/T2 of a Lorentzian, of a Gaussian 4 hbar sqrt(pi ln 2)/tc.
        const double reduced = 6.582119569e-16; // hbar [eV s], SI of 2019
        truth["linewidth_ueV"] = (o.LineShape == "gaussian" ? reduced / o.T2 * 2 * Math.Sqrt(2 * Math.Log(2) * Math.PI) : 2 * reduced / o.T2) * 1e6;
        truth["fourier_ratio"] = Clean(o.T2 / (2 * o.Lifetime));
        truth["T1_ps"] = Clean(o.Lifetime * 1e12);
        truth["shape"] = o.LineShape;
        truth["wavelength_nm"] = Clean(o.Wavelength * 1e9);
        truth["point_s"] = Michelson.Dwell(o);
        truth["background_counts"] = setup.UncorrelatedRate[0] * Michelson.Dwell(o);
    }

    /// <summary>Mean and mean square over the run of light that drifts, and may bleach, against its beginning.</summary>
    static (double Mean, double Square) Fading(SimulationOptions o)
    {
        var (drift, end) = (o.Drift / 3600, Math.Min(o.Duration, o.Bleaching ?? o.Duration));
        double Mean(double d) => Math.Abs(d * end) < 1e-9 ? end / o.Duration : (Math.Exp(d * end) - 1) / d / o.Duration;
        return (Mean(drift), Mean(2 * drift));
    }

    static void Blinking(JsonObject truth, SimulationOptions o, SimulationSetup setup, double[] dwell, double amplitude)
    {
        truth["blink_amplitude"] = amplitude;
        truth["on_fraction"] = OnFraction(setup, dwell);
        truth["state_lifetime_ns"] = Numbers([.. setup.Lifetimes.Select(t => Clean(t * 1e9))]);
        if (setup.Shares.Length == 1)
        {
            var levels = Levels(setup).Order().ToArray();
            truth["n_levels"] = levels.Distinct().Count();
            for (var i = 0; i < levels.Length; i++) truth[$"level{i}_cps"] = levels[i];
            truth["on_cps"] = levels[^1];
            truth["off_cps"] = levels[0];
        }

        Type(truth, setup);
        if (setup.Brightness.Length != 2) return;
        var on = setup.Brightness[0] >= setup.Brightness[1] ? 0 : 1;
        truth["dwell_law_on"] = o.Blinking;
        truth["dwell_law_off"] = o.Blinking;
        if (o.Blinking == "exponential")
        {
            truth["rate_on_to_off_hz"] = 1 / o.BlinkMean[on];
            truth["rate_off_to_on_hz"] = 1 / o.BlinkMean[1 - on];
            truth["blink_time_us"] = 1e6 / (1 / o.BlinkMean[0] + 1 / o.BlinkMean[1]);
        }
        else
        {
            truth["alpha_on"] = o.BlinkAlpha[on];
            truth["alpha_off"] = o.BlinkAlpha[1 - on];
            if (o.Blinking != "power_law_cutoff") return;
            truth["cutoff_on_s"] = o.BlinkCutoff;
            truth["cutoff_off_s"] = o.BlinkCutoff;
        }
    }

    /// <summary>How lifetime goes with brightness: ln tau against ln I over the states, A above 0.3 and B within 0.3 of none.</summary>
    static void Type(JsonObject truth, SimulationSetup setup)
    {
        var levels = setup.Brightness.Zip(setup.Lifetimes, (b, tau) => (X: Math.Log(b), Y: Math.Log(tau))).Where(p => double.IsFinite(p.X)).ToArray();
        if (levels.Select(p => p.X).Distinct().Count() < 2) return;
        var (x, y) = (levels.Average(p => p.X), levels.Average(p => p.Y));
        var slope = levels.Sum(p => (p.X - x) * (p.Y - y)) / levels.Sum(p => (p.X - x) * (p.X - x));
        truth["slope"] = Clean(slope);
        truth["blinking_type"] = slope > 0.3 ? "A" : slope is < 0.3 and > -0.3 ? "B" : "undetermined";
        var (on, off) = (Array.IndexOf(setup.Brightness, setup.Brightness.Max()), Array.IndexOf(setup.Brightness, setup.Brightness.Min()));
        truth["tau_on_ns"] = Clean(setup.Lifetimes[on] * 1e9);
        truth["tau_off_ns"] = Clean(setup.Lifetimes[off] * 1e9);
        if (levels.Length == 2)
            truth["rate_ratio_trion"] = Clean(setup.Brightness[off] / setup.Brightness[on] / (setup.Lifetimes[off] / setup.Lifetimes[on]));
    }

    static JsonObject Realised(SimulationOptions o, RealisedRun run)
    {
        var setup = SimulationSetup.Of(o);
        var realised = new JsonObject
        {
            ["photons"] = new JsonArray([.. run.Photons.Select(n => (JsonNode)n)]),
            ["afterpulses"] = new JsonArray([.. run.Afterpulses.Select(n => (JsonNode)n)]),
            ["lost_to_dead_time"] = new JsonArray([.. run.LostToDeadTime.Select(n => (JsonNode)n)]),
        };
        if (o.CommonDeadTime > 0 || o.OnePhotonPerSync == "yes") realised["lost_to_electronics"] = run.LostToElectronics;
        if (o.Blinking != "none" && setup.Shares.Length > 0)
        {
            realised["switches"] = new JsonArray([.. run.Switches.Select(n => (JsonNode)n)]);
            realised["on_fraction"] = new JsonArray([.. run.TimeInState.Select(times =>
                (JsonNode)OnFraction(setup, [.. times.Select(t => t / times.Sum())]))]);
        }

        return realised;
    }

    /// <summary>
    /// Share of time in each state: of the law for exponential dwells. A power law settles slower than any run, so there
    /// what the first emitter did in this run is meant.
    /// </summary>
    static double[] Shares(SimulationOptions o, RealisedRun? run)
    {
        if (o.Blinking == "none" || run?.TimeInState.Count == 0) return [1];
        double[] times = o.Blinking == "exponential" ? o.BlinkMean
            : run is not null ? [.. run.TimeInState[0]]
            : [.. o.BlinkAlpha.Select(alpha => MeanDwell(o, alpha))];
        return [.. times.Select(time => time / times.Sum())];
    }

    /// <summary>Mean of the power law between its shortest and longest dwell, with the exponential factor if it has one [s].</summary>
    static double MeanDwell(SimulationOptions o, double alpha)
    {
        const int steps = 4000; // midpoints on a logarithmic axis: good to 1e-6
        var step = Math.Log(o.BlinkLongest / o.BlinkShortest) / steps;
        var (sum, weight) = (0.0, 0.0);
        for (var i = 0; i < steps; i++)
        {
            var dwell = o.BlinkShortest * Math.Exp((i + 0.5) * step);
            var w = Math.Pow(dwell, 1 - alpha) * (o.Blinking == "power_law_cutoff" ? Math.Exp(-dwell / o.BlinkCutoff) : 1);
            weight += w;
            sum += w * dwell;
        }

        return sum / weight;
    }

    /// <summary>Counts of all detectors in each state, background included [1/s].</summary>
    static double[] Levels(SimulationSetup setup) =>
        [.. setup.Brightness.Select(b => b * setup.SignalRate.Sum() / setup.Brightest + setup.UncorrelatedRate.Sum())];

    /// <summary>Share of time above the geometric mean of the lowest and the highest level.</summary>
    static double OnFraction(SimulationSetup setup, double[] dwell)
    {
        var levels = Levels(setup);
        var threshold = Math.Sqrt(levels.Min() * levels.Max());
        return levels.Select((level, i) => level > threshold ? dwell[i] : 0).Sum();
    }

    /// <summary>
    /// g2 = 1 - (1 + a) e^(-t/t1) + a e^(-t/t2) of a three-level emitter, from its rate equations: ground to excited W,
    /// excited to elsewhere G, of which the share p goes to the shelf, shelf to ground k. Null where the two rates are a
    /// complex pair, so that g2 rings instead.
    /// </summary>
    static (double T1, double A, double T2)? ThreeLevel(double w, double g, double p, double k)
    {
        var sum = w + g + k;
        var product = (w + g) * k + w * g * p;
        var discriminant = sum * sum - 4 * product;
        if (discriminant <= 0) return null;
        var fast = (sum + Math.Sqrt(discriminant)) / 2;
        var slow = product / fast;
        // The excited state fills with slope W after a photon; w/excited = product / k.
        var a = (product / k - fast) / (fast - slow);
        return (1 / fast, a, 1 / slow);
    }

    /// <summary>Twelve digits, so that 0.18 does not read 0.18000000000000016.</summary>
    static double Clean(double x) => double.Parse(x.ToString("G12", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    static JsonArray Numbers(double[] values) => new([.. values.Select(v => (JsonNode)v)]);
}
