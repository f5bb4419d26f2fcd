namespace PqdPortal.Analysis.Composition;

/// <summary>Formulas as reports of the catalogue.</summary>
public static class CompositionReports
{
    /// <exception cref="RequestException">No formula is named.</exception>
    public static AnalysisReport Parse(CompositionParseOptions options, CancellationToken stop = default)
    {
        if (options.Formulas.Count == 0)
            throw new RequestException("Name the formulas to read: \"formulas\": [\"CsPbBr3\", \"Cs0.2FA0.8PbBr3\"].");
        var quantities = new List<Quantity>();
        var verdicts = new List<Verdict>();
        var messages = new List<Message>();
        var reference = options.Reference is { } named ? CompositionParser.Read(named) : null;
        foreach (var text in options.Formulas.Distinct(StringComparer.Ordinal))
        {
            stop.ThrowIfCancellationRequested();
            var reading = CompositionParser.Read(text);
            Tell(messages, reading);
            verdicts.Add(new($"{text}|parsed", reading.Formula is null ? "no" : "yes",
                reading.Formula is { } read ? $"It reads {read.Canonical}." : string.Join(" ", reading.Messages.Select(message => message.Text))));
            if (reading.Formula is not { } formula) continue;

            quantities.Add(Text($"{text}|canonical", formula.Canonical));
            quantities.Add(Text($"{text}|class", formula.ClassText));
            if (formula.Layers is { } layers) quantities.Add(new($"{text}|n_layers", layers, null, null, null, "1"));
            quantities.Add(new($"{text}|molar_mass", formula.MolarMass, null, null, null, "g/mol") { Method = "IUPAC abridged weights" });
            var factors = formula.Tolerance;
            quantities.Add(Factor($"{text}|t", factors.T));
            quantities.Add(Factor($"{text}|mu", factors.Mu));
            quantities.Add(Factor($"{text}|tau", factors.Tau));
            if (factors.Why is { } why) messages.Add(new("no-tolerance-factor", why) { Item = text });
            quantities.Add(new($"{text}|charge_excess", formula.ChargeExcess, null, null, null, "e"));
            if (reference?.Formula is { } other)
                quantities.Add(new($"{text}|distance", CompositionDistance.Between(formula, other), null, null, null, "1"));
            verdicts.Add(new($"{text}|charge_ok", formula.IsBalanced ? "yes" : "no",
                formula.IsBalanced ? "The charges of the cations and the halides balance." : formula.Notes.First(note => note.Code == "charge-imbalance").Text));
        }

        if (reference is { Formula: null } && !options.Formulas.Contains(reference.Text)) Tell(messages, reference);
        return new("composition.parse", 1) { Quantities = quantities, Verdicts = verdicts, Messages = messages };

        static void Tell(List<Message> messages, FormulaReading reading) =>
            messages.AddRange(reading.Messages.Select(message => new Message(message.Code, message.Text) { Item = reading.Text, Position = message.Position, Suggestion = message.Mended }));

        static Quantity Factor(string name, Uncertain? factor) => factor is { } known
            ? Quantity.Of(name, known.Value, known.Sigma, "1") with { Method = "propagated from the radii" }
            : Quantity.Refused(name, "1", "no-tolerance-factor");
    }

    /// <exception cref="RequestException">No formula is named, it cannot be read, or own sizes and energies are not pairs.</exception>
    public static AnalysisReport Estimate(CompositionEstimateOptions options)
    {
        if (options.Formula is not { } text) throw new RequestException("Name the formula: \"formula\": \"CsPbBr3\".");
        if (options.OwnEdges.Count != options.OwnEnergies.Count)
            throw new RequestException($"own_edges_nm and own_energies_meV are pairs; found {options.OwnEdges.Count} and {options.OwnEnergies.Count}.");
        var reading = CompositionParser.Read(text);
        var messages = reading.Messages.Select(message => new Message(message.Code, message.Text) { Item = text, Position = message.Position, Suggestion = message.Mended }).ToList();
        if (reading.Formula is not { } formula)
            return new("composition.estimate", 1) { Quantities = [Refused("E_meV", "meV"), Refused("lambda_nm", "nm"), Refused("confinement", "text")], Messages = messages };

        var estimate = EmissionEstimate.Of(formula, options.Edge, options.Temperature);
        messages.AddRange(estimate.Notes.Select(note => new Message(note.Code, note.Text)));
        var quantities = new List<Quantity> { Text("canonical", formula.Canonical) };
        if (estimate.Refusal is { } refusal)
        {
            messages.Add(new(refusal.Code, refusal.Text));
            quantities.AddRange([Refused("E_meV", "meV"), Refused("lambda_nm", "nm"), Refused("confinement", "text")]);
            if (estimate.BandGap is { } gap)
                quantities.Add(Quantity.Of("bandgap_eV", gap.Value, gap.Sigma, "eV") with { Method = "propagation", Grade = Grade.Warn });
            return Report();
        }

        Add("E_meV", "meV", estimate.Energy);
        Add("lambda_nm", "nm", estimate.Wavelength);
        Add("E_bulk_meV", "meV", estimate.Bulk);
        Add("confinement_meV", "meV", estimate.Confining);
        if (estimate.Confinement is { } confinement)
        {
            quantities.Add(Text("confinement", confinement.Text));
            messages.Add(new("bohr-diameter", FormattableString.Invariant($"By the Bohr diameter of {confinement.Material}: {confinement.Diameters.First} nm (Protesescu 2015) or {confinement.Diameters.Second} nm (from masses and dielectric constant). Strong below it, weak above twice of it.")));
        }
        else
        {
            quantities.Add(Refused("confinement", "text"));
        }

        if (options.OwnEdges.Count > 0) Own();
        return Report();

        void Own()
        {
            var curve = SizingCurve.Fit([.. options.OwnEdges.Zip(options.OwnEnergies)], estimate.Bulk);
            if (curve is null)
            {
                messages.Add(new("few-samples", $"A sizing curve needs {SizingCurve.FewestPairs} pairs of different sizes; there are {options.OwnEdges.Count}."));
                return;
            }

            quantities.Add(new("own_E_inf_meV", curve.Infinity, null, null, null, "meV"));
            quantities.Add(new("own_n", curve.N, null, null, null, "1") { Flags = curve.IsAtBound ? ["at-bound"] : [] });
            quantities.Add(new("own_scatter_meV", curve.Scatter, null, null, null, "meV") { N = curve.Pairs });
            if (options.Edge is not { } edge) return;
            Add("own_E_meV", "meV", curve.At(edge));
            Add("own_lambda_nm", "nm", EmissionEstimate.WavelengthOf(curve.At(edge)));
            if (edge < curve.Edges.From || edge > curve.Edges.To)
                messages.Add(new("extrapolated", FormattableString.Invariant($"{edge} nm lies outside the sizes of the own curve, {curve.Edges.From} to {curve.Edges.To} nm.")));
        }

        AnalysisReport Report() => new("composition.estimate", 1) { Quantities = quantities, Messages = messages };

        void Add(string name, string unit, Uncertain? number)
        {
            if (number is { } known) quantities.Add(Quantity.Of(name, known.Value, known.Sigma, unit) with { Method = "propagation" });
        }

        static Quantity Refused(string name, string unit) => Quantity.Refused(name, unit);
    }

    static Quantity Text(string name, string text) => new(name, null, null, null, null, "text") { Text = text };
}
