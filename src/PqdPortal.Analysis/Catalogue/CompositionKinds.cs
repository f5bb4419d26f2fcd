using PqdPortal.Analysis.Composition;

namespace PqdPortal.Analysis.Catalogue;

/// <summary>What is computed of formulas; it takes no file.</summary>
static class CompositionKinds
{
    public static AnalysisKind Parse { get; } = AnalysisKind.OfParameters<CompositionParseOptions>(
        key: "composition.parse", version: 1, title: "Perovskite formulas",
        question: "What does a formula say? Sites, charges, class, canonical form, tolerance factors; with a reference, how far away it is. Names below stand behind \"formula|\".",
        outputs:
        [
            new("canonical", "quantity", "text", "the formula in its one canonical writing"),
            new("class", "quantity", "text", "ABX3, A2BB'X6, A4BX6, AB2X5, A2BX6, A3B2X9, Ruddlesden-Popper, Dion-Jacobson or other"),
            new("n_layers", "quantity", "1", "octahedral sheets between spacers, layered classes only"),
            new("molar_mass", "quantity", "g/mol", "of a canonical formula unit"),
            new("t", "quantity", "1", "Goldschmidt tolerance factor; null for classes that have none"),
            new("mu", "quantity", "1", "octahedral factor"),
            new("tau", "quantity", "1", "Bartel's tolerance factor"),
            new("charge_excess", "quantity", "e", "charge of the cations less that of the halides"),
            new("distance", "quantity", "1", "composition distance to the reference, 0 to 1"),
            new("parsed", "verdict", "", "yes or no"),
            new("charge_ok", "verdict", "", "yes or no"),
        ],
        compute: (call, options) => CompositionReports.Parse(options, call.Stop));

    public static AnalysisKind Estimate { get; } = AnalysisKind.OfParameters<CompositionEstimateOptions>(
        key: "composition.estimate", version: 1, title: "Expected emission of a composition",
        question: "Where should a lead halide dot of this composition and size emit? An estimate, 300 K, not a measurement.",
        outputs:
        [
            new("canonical", "quantity", "text", "the formula in its one canonical writing"),
            new("E_meV", "quantity", "meV", "emission energy; null where no estimate can be given"),
            new("lambda_nm", "quantity", "nm", "hc over it"),
            new("E_bulk_meV", "quantity", "meV", "the part of the bulk"),
            new("confinement_meV", "quantity", "meV", "what confinement adds"),
            new("confinement", "quantity", "text", "strong, intermediate or weak, by the Bohr diameter"),
            new("bandgap_eV", "quantity", "eV", "tin only: band gap of the bulk"),
            new("own_E_meV", "quantity", "meV", "by the sizing curve of the own batches, where there are five"),
            new("own_lambda_nm", "quantity", "nm", "hc over it"),
            new("own_E_inf_meV", "quantity", "meV", "own curve E = E_inf + a/L^n: at endless size"),
            new("own_n", "quantity", "1", "own curve: its exponent"),
            new("own_scatter_meV", "quantity", "meV", "own curve: scatter of a batch about it"),
        ],
        compute: (_, options) => CompositionReports.Estimate(options));
}
