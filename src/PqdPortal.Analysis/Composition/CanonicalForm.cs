using System.Globalization;
using System.Numerics;
using System.Text;

namespace PqdPortal.Analysis.Composition;

/// <summary>Class, charges and the one writing of a compound.</summary>
static class CanonicalForm
{
    const int Decimals = 10_000;

    /// <summary>A rounded writing read again may fall into another class by a hair; it settles at once, and never takes more than this.</summary>
    const int MostRounds = 8;

    /// <summary>The formula in canonical form; null where no halide is left at four decimals.</summary>
    public static PerovskiteFormula? Of(Sites sites, IReadOnlyList<Ion> dopants)
    {
        var scaled = Scaled.Of(sites);
        for (var round = 0; round < MostRounds; round++)
        {
            var rounded = scaled.Rounded();
            if (rounded.X.Count == 0 || rounded.B.Count == 0) return null;
            // Read as a reader of the writing would: without the traces that are gone, an ion may stand on another site.
            var again = Scaled.Of(Sites.Of([.. rounded.All]));
            if (Text(again.Rounded()) == Text(rounded)) break;
            scaled = again;
        }

        return Formula(scaled, dopants, [.. sites.All.Select(one => one.Ion)]);
    }

    static PerovskiteFormula Formula(Scaled scaled, IReadOnlyList<Ion> dopants, IReadOnlyList<Ion> ions)
    {
        var rounded = scaled.Rounded();
        var canonical = Text(rounded);
        var (sites, states) = (scaled.Sites, scaled.States);
        // The states were found with B at one; the excess is told for the canonical unit.
        var excess = states.Excess * scaled.Factor;
        var notes = new List<FormulaMessage>();
        if (!states.IsBalanced) notes.Add(Imbalance(excess.ToDouble(), scaled));
        if (scaled.Class == PerovskiteClass.Other)
        {
            var (a, b, x) = (Sites.Sum(sites.A), Sites.Sum(sites.B), Sites.Sum(sites.X));
            if (sites.Spacers.Count > 0 || !Rounding.Meets(sites.A, b))
                notes.Add(new("site-occupancy", string.Create(CultureInfo.InvariantCulture, $"For {b.ToDouble():0.####} B cations it has {a.ToDouble():0.####} on the A site{(sites.Spacers.Count > 0 ? $" and {Sites.Sum(sites.Spacers).ToDouble():0.####} spacers, which is no layered series" : "")}. It is kept as it is; off-stoichiometric powders are real, but have no tolerance factor.")));
            if (!Rounding.Meets(sites.X, b * 3))
                notes.Add(new("halide-count", string.Create(CultureInfo.InvariantCulture, $"For {b.ToDouble():0.####} B cations it has {x.ToDouble():0.####} halides; a perovskite has three for each.")));
        }

        foreach (var dopant in dopants)
            notes.Add(new($"dopant-amount-unknown:{dopant.Name}", $"{dopant.Name} is named as a dopant without an amount. It is kept apart from the undoped {canonical}. With an amount, write it on its site, such as CsPb0.98Zn0.02Br3."));
        foreach (var lost in ions.Where(ion => rounded.All.All(one => !one.Ion.Equals(ion))))
            notes.Add(new($"trace-rounded-away:{lost.Name}", $"There is less than 0.0001 of {lost.Name} in it; the canonical form leaves it out."));

        return new(canonical)
        {
            Key = dopants.Count switch
            {
                0 => canonical,
                1 => $"{dopants[0].Name}:{canonical}",
                _ => $"{dopants[0].Name}:{canonical}:{dopants[1].Name}",
            },
            Class = scaled.Class,
            Layers = scaled.Layers?.ToDouble(),
            Spacers = On(sites.Spacers, ion => ion.AsSpacer!),
            A = On(sites.A, ion => ion.OnA!),
            B = On(sites.B, ion => states.Forms[ion]),
            X = On(sites.X, ion => ion.OnX!),
            Dopants = dopants,
            ChargeExcess = excess.ToDouble(),
            IsBalanced = states.IsBalanced,
            MolarMass = sites.All.Sum(one => one.Amount.ToDouble() * one.Ion.Mass),
            Notes = notes,
        };

        static IReadOnlyList<SiteIon> On(IReadOnlyList<SiteAmount> site, Func<Ion, IonForm> form)
        {
            var sum = Sites.Sum(site);
            return [.. site.Select(one => new SiteIon(one.Ion, one.Amount.ToDouble(), (one.Amount / sum).ToDouble(), form(one.Ion)))];
        }
    }

    static FormulaMessage Imbalance(double excess, Scaled scaled)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"The charges do not balance: the cations have {Math.Abs(excess):0.####} {(excess > 0 ? "more" : "less")} than the halides take, with {string.Join(", ", scaled.Sites.B.Select(one => $"{one.Ion.Name}{scaled.States.Forms[one.Ion].Charge}+"))}.");
        // The review writes Ce2+; in halides cerium is 3+ or 4+.
        if (scaled.Sites.B.FirstOrDefault(one => one.Ion.Name == "Ce") is { Ion: not null } cerium && excess > 0
            && Rational.Abs(scaled.States.Excess - cerium.Amount * (scaled.States.Forms[cerium.Ion].Charge - 2)) <= Rounding.Half * 8)
            text += " It would balance with Ce2+, but cerium in halides is 3+ or 4+: something else has to compensate.";
        return new("charge-imbalance", text);
    }

    /// <summary>Spacers, A, B, X, each in its fixed order, with four decimals at most and no 1.</summary>
    static string Text(Sites sites)
    {
        var text = new StringBuilder();
        foreach (var (ion, amount) in sites.All)
        {
            text.Append(ion.Name);
            var digits = Rational.Round(amount * Decimals);
            var (whole, part) = (BigInteger.DivRem(digits, Decimals, out var rest), (int)rest);
            if (whole.IsOne && part == 0) continue;
            text.Append(whole);
            if (part > 0) text.Append('.').Append(part.ToString("0000", CultureInfo.InvariantCulture).TrimEnd('0'));
        }

        return text.ToString();
    }

    /// <summary>A formula in the scale of its class.</summary>
    /// <param name="States">Found with B at one.</param>
    /// <param name="Factor">From there to the canonical scale.</param>
    sealed record Scaled(Sites Sites, PerovskiteClass Class, Rational? Layers, OxidationStates States, Rational Factor)
    {
        public static Scaled Of(Sites given)
        {
            // A sum that is whole but for rounding is whole: 0.3333 three times is not stretched. What is written finer was not rounded so.
            var sum = Sites.Sum(given.B);
            var whole = new Rational(Rational.Round(sum), 1);
            var isRounded = whole.Sign > 0 && Rounding.Meets(given.B, whole) && given.B.All(one => (one.Amount * Decimals).IsWhole);
            var unit = Times(given, Rational.One / (isRounded ? whole : sum));
            var states = OxidationStates.Of(unit);
            var (kind, layers) = ClassOf(unit, states);
            Rational factor = kind switch
            {
                PerovskiteClass.DoublePerovskite or PerovskiteClass.A3b2x9 or PerovskiteClass.Ab2x5 => 2,
                PerovskiteClass.RuddlesdenPopper or PerovskiteClass.DionJacobson => layers!.Value,
                _ => 1,
            };
            return new(Times(unit, factor), kind, layers, states, factor);
        }

        /// <summary>Amounts with four decimals, without those that vanish.</summary>
        public Sites Rounded() => With(Sites, amount => new(Rational.Round(amount * Decimals), Decimals));

        static Sites Times(Sites sites, Rational factor) => factor == Rational.One ? sites : With(sites, amount => amount * factor);

        static Sites With(Sites sites, Func<Rational, Rational> change)
        {
            return new(Each(sites.Spacers), Each(sites.A), Each(sites.B), Each(sites.X));

            IReadOnlyList<SiteAmount> Each(IReadOnlyList<SiteAmount> site) =>
                [.. site.Select(one => one with { Amount = change(one.Amount) }).Where(one => !one.Amount.IsZero)];
        }
    }

    /// <param name="sites">With B at one.</param>
    static (PerovskiteClass, Rational? Layers) ClassOf(Sites sites, OxidationStates states)
    {
        bool Has(Rational a, Rational x) => Rounding.Meets(sites.A, a) && Rounding.Meets(sites.X, x);
        if (sites.Spacers.Count > 0) return Layered(sites);
        if (Has(1, 3)) return (IsDouble() ? PerovskiteClass.DoublePerovskite : PerovskiteClass.Abx3, null);
        if (Has(4, 6)) return (PerovskiteClass.A4bx6, null);
        if (Has(new(1, 2), new(5, 2))) return (PerovskiteClass.Ab2x5, null);
        if (Has(2, 6) && sites.B.All(one => states.Forms[one.Ion].Charge == 4)) return (PerovskiteClass.A2bx6, null);
        if (Has(new(3, 2), new(9, 2))) return (PerovskiteClass.A3b2x9, null);
        return (PerovskiteClass.Other, null);

        bool IsDouble()
        {
            var one = sites.B.Where(b => states.Forms[b.Ion].Charge == 1).ToList();
            var three = sites.B.Where(b => states.Forms[b.Ion].Charge == 3).ToList();
            var sum = Sites.Sum(one);
            // A few per cent of both beside lead are doping, not a double perovskite.
            return one.Count > 0 && three.Count > 0 && Rounding.Meets(three, sum) && sum + Sites.Sum(three) > new Rational(1, 2);
        }
    }

    /// <summary>S2 A(n-1) Bn X(3n+1) or S A(n-1) Bn X(3n+1), whatever the scale; a mixture's n need not be whole.</summary>
    static (PerovskiteClass, Rational?) Layered(Sites sites)
    {
        var charges = sites.Spacers.Select(one => one.Ion.AsSpacer!.Charge).Distinct().ToArray();
        if (charges is not [1 or 2]) return (PerovskiteClass.Other, null);
        var n = new Rational(charges[0] == 1 ? 2 : 1, 1) / Sites.Sum(sites.Spacers);
        // A rounded sum of spacers gives an n that is whole but for rounding.
        if (new Rational(Rational.Round(n), 1) is var whole && whole.Sign > 0 && Rounding.Meets(sites.Spacers, new Rational(charges[0] == 1 ? 2 : 1, 1) / whole)) n = whole;
        if (n < 1 || !Rounding.Meets(sites.A, (n - 1) / n) || !Rounding.Meets(sites.X, (n * 3 + 1) / n)) return (PerovskiteClass.Other, null);
        return (charges[0] == 1 ? PerovskiteClass.RuddlesdenPopper : PerovskiteClass.DionJacobson, n);
    }
}
