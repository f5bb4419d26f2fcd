using System.Globalization;

namespace PqdPortal.Analysis.Simulation;

/// <summary>States of an emitter and the transitions between them: a continuous-time Markov chain, some of whose jumps give a photon.</summary>
/// <param name="States">Names; the first is the ground state.</param>
/// <param name="Transitions">Jumps. An emitter has one at least that radiates.</param>
public sealed record KineticScheme(IReadOnlyList<string> States, IReadOnlyList<KineticScheme.Transition> Transitions)
{
    /// <param name="Rate">Jumps per second in the state it leaves; 0 for a pump, whose rate is the laser's [1/s].</param>
    /// <param name="IsPump">True where light of the laser drives it.</param>
    /// <param name="Yield">Photons per jump, 0 to 1.</param>
    public readonly record struct Transition(int From, int To, double Rate, bool IsPump, double Yield);

    const int MostStates = 12;

    /// <summary>Reads transitions such as "G>X pump; X>G 0.125 photon 0.9", rates in 1/ns.</summary>
    /// <exception cref="RequestException">A transition cannot be read, or the whole cannot emit.</exception>
    public static KineticScheme Parse(string text)
    {
        var states = new List<string>();
        var transitions = new List<Transition>();
        foreach (var part in text.Split([';', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var words = part.Replace("->", ">").Replace(" >", ">").Replace("> ", ">").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var ends = words[0].Split('>');
            if (ends.Length != 2 || ends.Any(end => end.Length is 0 or > 30) || words.Length is < 2 or > 4 || (words.Length > 2 && words[2] != "photon"))
                throw Unread(part);
            var pump = words[1] == "pump";
            var rate = 0.0;
            if (!pump && !(Number(words[1], out rate) && rate is > 0 and <= 1e6)) throw Unread(part);
            var yield = words.Length > 2 ? 1.0 : 0;
            if (words.Length == 4 && !(Number(words[3], out yield) && yield is >= 0 and <= 1)) throw Unread(part);
            if (pump && words.Length > 2) throw new RequestException($"scheme: \"{part}\" is a pump and cannot radiate.");
            transitions.Add(new Transition(State(ends[0]), State(ends[1]), rate * 1e9, pump, yield));
            if (transitions[^1].From == transitions[^1].To) throw new RequestException($"scheme: \"{part}\" leads back to its own state.");
        }

        return Checked(new KineticScheme(states, transitions));

        int State(string name)
        {
            var at = states.IndexOf(name);
            if (at >= 0) return at;
            states.Add(name);
            return states.Count - 1;
        }

        static bool Number(string word, out double x) => double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out x) && double.IsFinite(x);
    }

    /// <summary>The scheme that the options name.</summary>
    /// <exception cref="RequestException">The written scheme cannot be used.</exception>
    public static KineticScheme Of(SimulationOptions o)
    {
        if (o.SchemePreset == "custom")
            return o.Scheme.Length > 0 ? Parse(o.Scheme)
                : throw new RequestException("scheme_preset is custom: write the transitions as scheme, such as \"G>X pump; X>G 0.125 photon\".");
        if (o.Scheme.Length > 0)
            throw new RequestException("A scheme is written out, but scheme_preset names another. Set scheme_preset to custom.");

        var decay = 1 / o.Lifetime;
        return Checked(o.SchemePreset switch
        {
            "two_level" => new KineticScheme(["G", "X"], [new(0, 1, 0, true, 0), new(1, 0, decay, false, 1)]),
            "three_level" => new KineticScheme(["G", "X", "shelf"],
            [
                new(0, 1, 0, true, 0), new(1, 0, decay * (1 - o.ShelvingProbability), false, 1),
                .. o.ShelvingProbability > 0 ? new Transition[] { new(1, 2, decay * o.ShelvingProbability, false, 0), new(2, 0, 1 / o.ShelfLifetime, false, 0) } : [],
            ]),
            "charging" => new KineticScheme(["G", "X", "charged", "trion"],
            [
                new(0, 1, 0, true, 0), new(1, 0, decay, false, 1), new(1, 2, o.Charging, false, 0),
                new(2, 3, 0, true, 0), new(3, 2, 1 / o.TrionLifetime, false, o.TrionYield),
                new(2, 0, o.Neutralising, false, 0), new(3, 1, o.Neutralising, false, 0),
            ]),
            _ => new KineticScheme(["G", "X", "XX"],
            [
                new(0, 1, 0, true, 0), new(1, 0, decay, false, 1), new(1, 2, 0, true, 0), new(2, 1, 1 / o.BiexcitonLifetime, false, o.BiexcitonRatio),
            ]),
        });
    }

    /// <summary>The same with every radiating rate divided by a factor: what another lifetime of a blinking state means.</summary>
    public KineticScheme Slower(double factor) => factor == 1 ? this
        : this with { Transitions = [.. Transitions.Select(t => t.Yield > 0 ? t with { Rate = t.Rate / factor } : t)] };

    /// <summary>Rates from state to state [1/s], shape (states, states), each row summing to 0.</summary>
    /// <param name="pump">Rate of the pumped jumps; 0 between the pulses of a pulsed laser [1/s].</param>
    public double[,] Generator(double pump)
    {
        var q = new double[States.Count, States.Count];
        foreach (var t in Transitions)
        {
            var rate = t.IsPump ? pump : t.Rate;
            q[t.From, t.To] += rate;
            q[t.From, t.From] -= rate;
        }

        return q;
    }

    /// <summary>Rates of jumps that give a photon [1/s], shape (states, states).</summary>
    public double[,] Emission()
    {
        var d = new double[States.Count, States.Count];
        foreach (var t in Transitions) d[t.From, t.To] += t.Rate * t.Yield;
        return d;
    }

    /// <summary>What a pulse does at once: chance to go from state to state when it makes a Poisson number of excitons.</summary>
    public double[,] Absorption(double mean)
    {
        var a = new double[States.Count, States.Count];
        for (var from = 0; from < States.Count; from++)
        {
            var (state, chance, left) = (from, Math.Exp(-mean), 1.0);
            for (var n = 1; Pumped(state) is { } next; n++)
            {
                a[from, state] += chance;
                left -= chance;
                chance *= mean / n;
                state = next;
            }

            a[from, state] += left;
        }

        return a;
    }

    /// <summary>Photons per second under a continuous laser, and the states' shares of time.</summary>
    public (double Rate, double[] Steady) Continuous(double pump)
    {
        var steady = Matrices.Kept(Generator(pump));
        return (Matrices.Product(steady, Emission()).Sum(), steady);
    }

    /// <summary>
    /// Mean photons of a pulse, mean ordered pairs of them, and the states' shares just before a pulse. Counts from one pulse to the next.
    /// </summary>
    /// <remarks>
    /// Two emissions within a period are the corner of the exponential of the generator set up three times over with the emission
    /// beside it (Van Loan, IEEE Trans. Autom. Control 23, 395 (1978)).
    /// </remarks>
    public (double Photons, double Pairs, double[] Before) Pulsed(double mean, double period)
    {
        var (q, d, n) = (Generator(0), Emission(), States.Count);
        var wide = new double[3 * n, 3 * n];
        for (var i = 0; i < n; i++)
            for (var j = 0; j < n; j++)
            {
                wide[i, j] = wide[n + i, n + j] = wide[2 * n + i, 2 * n + j] = q[i, j];
                wide[i, n + j] = wide[n + i, 2 * n + j] = d[i, j];
            }

        var over = Matrices.Exponential(wide, period);
        double[,] Block(int column)
        {
            var block = new double[n, n];
            for (var i = 0; i < n; i++)
                for (var j = 0; j < n; j++) block[i, j] = over[i, column * n + j];
            return block;
        }

        var absorbed = Absorption(mean);
        var round = Matrices.Product(absorbed, Block(0));
        for (var i = 0; i < n; i++) round[i, i] -= 1;
        var before = Matrices.Kept(round);
        var excited = Matrices.Product(before, absorbed);
        return (Matrices.Product(excited, Block(1)).Sum(), 2 * Matrices.Product(excited, Block(2)).Sum(), before);
    }

    /// <summary>g2 of one such emitter under a continuous laser as 1 plus a sum of exponentials, fastest first; null where rates are a complex pair.</summary>
    public IReadOnlyList<(double Time, double Amplitude)>? Correlation(double pump)
    {
        var (rate, steady) = Continuous(pump);
        var q = MathNet.Numerics.LinearAlgebra.Double.DenseMatrix.OfArray(Generator(pump));
        var modes = q.Evd();
        if (modes.EigenValues.Any(x => Math.Abs(x.Imaginary) > 1e-9 * q.InfinityNorm())) return null;
        var emission = Emission();
        var after = Matrices.Product(steady, emission);
        var left = modes.EigenVectors.TransposeThisAndMultiply(MathNet.Numerics.LinearAlgebra.Double.DenseVector.OfArray([.. after.Select(x => x / rate)]));
        var right = modes.EigenVectors.Solve(MathNet.Numerics.LinearAlgebra.Double.DenseVector.OfArray([.. Matrices.RowSums(emission).Select(x => x / rate)]));
        var parts = modes.EigenValues.Select((x, m) => (Rate: -x.Real, Amplitude: left[m] * right[m])).OrderByDescending(x => x.Rate).ToList();
        if (parts.Any(part => !double.IsFinite(part.Amplitude))) return null;
        parts.RemoveAt(parts.Count - 1); // the rate 0 belongs to the 1
        return [.. parts.Where(part => Math.Abs(part.Amplitude) > 1e-9).Select(part => (1 / part.Rate, part.Amplitude))];
    }

    /// <summary>g2 of one such emitter at a delay [s].</summary>
    public double G2(double pump, double delay)
    {
        var (rate, steady) = Continuous(pump);
        var after = Matrices.Product(Matrices.Product(steady, Emission()), Matrices.Exponential(Generator(pump), delay));
        return Matrices.Product(after, Emission()).Sum() / (rate * rate);
    }

    /// <summary>Where an absorbed photon takes a state; null where it does nothing.</summary>
    public int? Pumped(int state)
    {
        foreach (var t in Transitions)
            if (t.IsPump && t.From == state) return t.To;
        return null;
    }

    static KineticScheme Checked(KineticScheme scheme)
    {
        if (scheme.Transitions.Count == 0) throw new RequestException("scheme has no transition.");
        if (scheme.States.Count > MostStates) throw new RequestException($"scheme has {scheme.States.Count} states; up to {MostStates} can be simulated.");
        if (scheme.Transitions.All(t => t.Yield <= 0)) throw new RequestException("scheme has no transition that radiates; write photon behind one.");
        if (scheme.Transitions.GroupBy(t => (t.From, t.To, t.IsPump)).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new RequestException($"scheme names {scheme.States[twice.Key.From]}>{scheme.States[twice.Key.To]} twice.");
        for (var from = 0; from < scheme.States.Count; from++)
        {
            if (scheme.Transitions.Count(t => t.IsPump && t.From == from) > 1)
                throw new RequestException($"scheme pumps {scheme.States[from]} to two states; a state can be pumped to one.");
            var state = from;
            for (var n = 0; scheme.Pumped(state) is { } next; n++, state = next)
                if (n > scheme.States.Count) throw new RequestException("scheme pumps in a circle; a pump leads upwards.");
        }

        // The ground state must be reached again from everywhere, or the dot would go dark for good.
        var back = new bool[scheme.States.Count];
        back[0] = true;
        for (var n = 0; n < scheme.States.Count; n++)
            foreach (var t in scheme.Transitions)
                back[t.From] |= back[t.To];
        if (Array.IndexOf(back, false) is var lost and >= 0)
            throw new RequestException($"scheme never comes back to {scheme.States[0]} from {scheme.States[lost]}. Add a transition, or use t_bleach_s for bleaching.");
        return scheme;
    }

    static RequestException Unread(string part) =>
        new($"scheme: \"{part}\" cannot be read. Write FROM>TO and a rate in 1/ns or the word pump, then photon and its yield where it radiates, such as \"X>G 0.125 photon 0.9\".");
}
