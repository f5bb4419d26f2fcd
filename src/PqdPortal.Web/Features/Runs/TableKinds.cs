namespace PqdPortal.Web.Features.Runs;

/// <summary>Tables that people type in: what their columns are called and what may stand in them.</summary>
/// <param name="Key">In the address.</param>
/// <param name="Analysis">What is computed of it.</param>
public sealed record TableKind(string Key, string Title, string Analysis, IReadOnlyList<TableColumn> Columns)
{
    public static IReadOnlyList<TableKind> All { get; } =
    [
        new("michelson", "Michelson fringes", "coherence",
        [
            new("coarse_delay_ps", "coarse delay (ps)"),
            new("fine_delay_fs", "fine delay (fs)"),
            new("counts", "counts", Least: 0, IsWhole: true),
        ]),
        new("saturation", "Saturation series", "saturation",
        [
            new("power_uW", "power (µW)", Least: 0),
            new("counts", "counts", Least: 0, IsWhole: true),
            new("integration_s", "counting time (s)", Above: 0),
        ]),
    ];

    /// <summary>The kind of that key; the first one for any other.</summary>
    public static TableKind Of(string? key) => All.FirstOrDefault(kind => kind.Key == key) ?? All[0];
}

/// <summary>One column of numbers.</summary>
public sealed record TableColumn(string Name, string Title, double? Least = null, double? Above = null, bool IsWhole = false)
{
    /// <summary>What should stand there: "a whole number of at least 0".</summary>
    public string Expected => $"a {(IsWhole ? "whole " : "")}number{(Least is { } least ? $" of at least {least:0}" : Above is { } above ? $" above {above:0}" : "")}";

    public bool Takes(double value) => double.IsFinite(value) && !(value < Least) && !(value <= Above) && !(IsWhole && value != Math.Floor(value));
}
