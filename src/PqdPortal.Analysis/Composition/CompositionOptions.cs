using System.ComponentModel.DataAnnotations;

namespace PqdPortal.Analysis.Composition;

/// <summary>Which formulas are read.</summary>
public sealed record CompositionParseOptions
{
    [Parameter("formulas")]
    [Display(Name = "Formulas", Description = "Formulas as written, such as \"Cs0.2FA0.8PbBr3\" or \"CsPbBr3-xClx, x=0.5\".")]
    public IReadOnlyList<string> Formulas { get; init; } = [];

    [Parameter("reference")]
    [Display(Name = "Reference", Description = "A formula that the distance of each of them is told to.")]
    public string? Reference { get; init; }
}

/// <summary>Of what the emission is estimated.</summary>
public sealed record CompositionEstimateOptions
{
    [Parameter("formula")]
    [Display(Name = "Formula", Description = "As written, such as \"CsPbBr3\".")]
    public string? Formula { get; init; }

    [Parameter("edge_nm", "nm"), Range(0.1, 1e6)]
    [Display(Name = "Edge length", Description = "Edge of the cube. Empty: the bulk.")]
    public double? Edge { get; init; }

    [Parameter("T_K", "K"), Range(0.0, 1000.0)]
    [Display(Name = "Temperature", Description = "Of the dot.")]
    public double Temperature { get; init; } = 300;

    [Parameter("own_edges_nm", "nm"), Range(0.1, 1e6)]
    [Display(Name = "Own edge lengths", Description = "Edges of batches of this composition that were measured, for a sizing curve of your own (five at least).")]
    public IReadOnlyList<double> OwnEdges { get; init; } = [];

    [Parameter("own_energies_meV", "meV"), Range(100.0, 10000.0)]
    [Display(Name = "Own energies", Description = "Emission of the same batches, in the same order.")]
    public IReadOnlyList<double> OwnEnergies { get; init; } = [];
}
