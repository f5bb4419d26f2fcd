using PqdPortal.Data.Access;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;

namespace PqdPortal.Data.Edits;

/// <summary>What the fields of each kind of record must hold, however it came: by a form, the REST API, a file, an edit of many.</summary>
public static class RecordRules
{
    public static EditChecks Rules(this EditChecks checks, Batch batch) => checks
        .Filled(nameof(Batch.Name), batch.Name, "Give the batch a name, such as the one on the vial.")
        .Filled(nameof(Batch.Formula), batch.Formula, "Write the nominal formula, such as CsPbBr3 or Cs0.2FA0.8PbBr3.")
        .Between(nameof(Batch.MeasuredUncertainty), batch.MeasuredUncertainty, 0, 100, "The uncertainty", "% of a site")
        .Between(nameof(Batch.MixingX), batch.MixingX, 0, 1, "x", hint: "For 80 %, write 0.8.")
        .Between(nameof(Batch.SynthesisTemperature), batch.SynthesisTemperature, -200, 500, "The synthesis temperature", "°C")
        .Between(nameof(Batch.DopantLevel), batch.DopantLevel, 0, 100, "The dopant level", "mol %")
        .Positive(nameof(Batch.EdgeLength), batch.EdgeLength, "The edge length", "nm")
        .NotNegative(nameof(Batch.EdgeLengthSd), batch.EdgeLengthSd, "The standard deviation", "nm")
        .Positive(nameof(Batch.EdgeLengthN), batch.EdgeLengthN, "The number of particles")
        .Positive(nameof(Batch.SizeOverBohr), batch.SizeOverBohr, "The size over the Bohr radius")
        .Between(nameof(Batch.Plqy), batch.Plqy, 0, 1, "The quantum yield", hint: "For 71 %, write 0.71.")
        .NotNegative(nameof(Batch.AbsorptionCoefficient), batch.AbsorptionCoefficient, "The absorption coefficient", "cm⁻¹")
        .Between(nameof(Batch.EmissionPeak), batch.EmissionPeak, 200, 3000, "The emission maximum", "nm")
        .Positive(nameof(Batch.EmissionFwhm), batch.EmissionFwhm, "The emission width", "nm")
        .That(nameof(Batch.DopantSite), batch.DopantSite is null or "A" or "B" or "X", "The dopant site is A, B or X.")
        .Keepable(batch);

    public static EditChecks Rules(this EditChecks checks, Sample sample) => checks
        .Filled(nameof(Sample.Name), sample.Name, "Give the sample a name, such as S1.")
        .Between(nameof(Sample.Dilution), sample.Dilution, 1, 1e12, "The dilution factor", hint: "For 1:500, write 500.")
        .Positive("Superlattice.EdgeLength", sample.Superlattice?.EdgeLength, "The edge of one dot", "nm")
        .NotNegative("Superlattice.Gap", sample.Superlattice?.Gap, "The gap between dots", "nm")
        .NotNegative("Superlattice.Disorder", sample.Superlattice?.Disorder, "The disorder", "nm")
        .Positive("Superlattice.DotsPerSide", sample.Superlattice?.DotsPerSide, "The number of dots along a side")
        .NotNegative("Superlattice.EvaporationTime", sample.Superlattice?.EvaporationTime, "The evaporation time", "h")
        .Keepable(sample);

    public static EditChecks Rules(this EditChecks checks, Emitter dot) => checks
        .Between(nameof(Emitter.EmissionPeak), dot.EmissionPeak, 200, 3000, "The emission maximum", "nm")
        .Positive(nameof(Emitter.EmissionFwhm), dot.EmissionFwhm, "The emission width", "meV")
        .Keepable(dot);

    public static EditChecks Rules(this EditChecks checks, Run run) => checks
        .Filled(nameof(Run.Name), run.Name, "Give the run a name, such as the file's.")
        .NotNegative(nameof(Run.Temperature), run.Temperature, "The temperature", "K")
        .That(nameof(Run.Temperature), run.Temperature is not > 1500, "The temperature is in kelvin; write 293 for room temperature.")
        .Between(nameof(Run.Humidity), run.Humidity, 0, 100, "The relative humidity", "%")
        .Between(nameof(Run.ExcitationWavelength), run.ExcitationWavelength, 100, 20_000, "The excitation wavelength", "nm")
        .Positive(nameof(Run.RepetitionRate), run.RepetitionRate, "The repetition rate", "MHz")
        .Positive(nameof(Run.PulseWidth), run.PulseWidth, "The pulse width", "ps")
        .NotNegative(nameof(Run.Power), run.Power, "The power", "µW")
        .NotNegative(nameof(Run.Fluence), run.Fluence, "The fluence", "µJ/cm²")
        .Positive(nameof(Run.SpotSize), run.SpotSize, "The spot size", "µm")
        .NotNegative(nameof(Run.MeanExcitons), run.MeanExcitons, "The mean number of excitons")
        .Between(nameof(Run.ObjectiveNa), run.ObjectiveNa, 0.01, 2, "The numerical aperture")
        .Positive(nameof(Run.WindowFrom), run.WindowFrom, "The emission window", "nm")
        .That(nameof(Run.WindowTo), !(run.WindowTo <= run.WindowFrom), "The emission window ends at a longer wavelength than it begins.")
        .Positive(nameof(Run.Duration), run.Duration, "The planned duration", "s")
        .Positive(nameof(Run.BinTime), run.BinTime, "The bin time", "ms")
        .Positive(nameof(Run.WindowTo), run.WindowTo, "The emission window", "nm")
        .Detectors(run.Detectors)
        .That(nameof(Run.BackgroundRates), run.BackgroundRates.All(rate => rate >= 0), "A background rate is not below 0 counts per second.")
        .Keepable(run);

    /// <summary>
    /// The extra values of a record are asked for by its templates, or stood there before; each fits its field; and what is needed is
    /// there. A field that became needed later refuses no record that was made before: only taking its value away is refused. What was
    /// typed anew takes the name, the unit and the template that asks for it.
    /// </summary>
    /// <param name="stored">The values as they are stored; null for a new record.</param>
    public static async Task<EditChecks> Extra(this EditChecks checks, PortalDb db, Viewer viewer, IHasExtra record, ExtraValues? stored, CancellationToken stop = default) =>
        checks.Extra(record, await db.AskedOf(db.Templates.VisibleTo(viewer), record, stop), stored);

    /// <param name="asked">What is asked of it.</param>
    public static EditChecks Extra(this EditChecks checks, IHasExtra record, IReadOnlyList<AskedField> asked, ExtraValues? stored)
    {
        foreach (var (field, by) in asked)
            if (record.Extra[field.Key] is { } came && came != stored?[field.Key]) record.Extra = record.Extra.With(field.Key, field.Taken(came, by));
        var typed = record.Extra;
        var fields = asked.ToDictionary(one => one.Field.Key, one => one.Field);
        checks.That(nameof(IHasExtra.Extra), typed.Count <= ExtraValues.Most, $"A record holds at most {ExtraValues.Most} extra values.");
        foreach (var (key, value) in typed)
        {
            if (stored?[key] is { } before && before == value) continue;
            var name = RecordFields.Extra + key;
            if (Keepable.TroubleOf(value.Text, ExtraField.LongestText, value.Name) is { } trouble) checks.That(name, false, trouble);
            else if (fields.TryGetValue(key, out var field)) checks.That(name, field.TroubleOf(value) is null, field.TroubleOf(value) ?? "");
            // What an earlier template asked for may still be corrected, in its own type.
            else checks.That(name, stored?[key]?.Type == value.Type, $"No template asks for \"{(key.Length > 40 ? key[..40] + " …" : key)}\" here. {(fields.Count == 0 ? "The record's template asks for no extra field." : $"It asks for {string.Join(", ", fields.Keys)}.")}");
        }

        foreach (var field in fields.Values.Where(field => field.IsRequired))
            checks.That(RecordFields.Extra + field.Key, typed[field.Key] is not null || stored is not null && stored[field.Key] is null, $"{field.Name} is needed here; the template asks for it.");
        return checks;
    }
}
