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
        if (o.Bleaching is { } bleached && bleached < o.Duration) meanBrightness *= bleached / o.Duration;
        var signal = setup.SignalRate.Select(rate => rate * (setup.Shares.Length > 0 ? meanBrightness : 0)).ToArray();
        var total = signal.Select((s, d) => (s + setup.UncorrelatedRate[d]) / (1 - setup.Afterpulse[d])).ToArray();
        truth["signal_cps"] = Numbers(signal);
        truth["background_cps"] = Numbers(setup.UncorrelatedRate);
        truth["total_cps"] = Numbers(total);

        if (setup.Shares.Length > 0) Emitter(truth, o, setup, dwell, signal, total);
        else truth["g2_0"] = 1.0;

        if (setup.Type.IsT3 || o.Kind == "pulsed") truth["sync_period_s"] = setup.Period / Grain.PerSecond;
        if (setup.Type.IsT3) truth["dtime_unit_s"] = setup.ChannelWidth / Grain.PerSecond;
        else truth["time_unit_s"] = setup.Tick / Grain.PerSecond;
        truth["jitter_sigma_ps"] = Numbers([.. setup.Jitter.Select(s => s * 1e12)]);
        truth["dead_ns"] = Numbers([.. setup.DeadTime.Select(t => t * 1e9)]);
        truth["p_afterpulse"] = Numbers(setup.Afterpulse);
        if (setup.Afterpulse.Any(p => p > 0)) truth["afterpulse_tau_ns"] = o.AfterpulseDecay * 1e9;
        truth["artefact"] = o.Crosstalk > 0 ? "crosstalk" : "none";
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
            truth["g2_0_raw"] = Clean(1 + purity * (centre - 1));
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

        if (o.Blinking != "none") Blinking(truth, o, setup, dwell, amplitude * sameEmitter);
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

        if (setup.Brightness.Length != 2) return;
        var on = setup.Brightness[0] >= setup.Brightness[1] ? 0 : 1;
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
        }
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
        [.. setup.Brightness.Select(b => b * setup.SignalRate.Sum() + setup.UncorrelatedRate.Sum())];

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
