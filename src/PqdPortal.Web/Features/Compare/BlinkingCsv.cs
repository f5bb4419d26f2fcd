using System.Text;
using PqdPortal.Analysis;
using PqdPortal.Web.Layout;

namespace PqdPortal.Web.Features.Compare;

/// <summary>What is known of the blinking of a batch's dots as comma-separated values, a line for each dot.</summary>
public static class BlinkingCsv
{
    static readonly IReadOnlyList<(string Name, string Unit)> Numbers =
    [
        ("on_fraction", "1"), ("n_levels", "1"), ("rate_on_to_off_hz", "1/s"), ("rate_off_to_on_hz", "1/s"), ("alpha_on", "1"), ("alpha_off", "1"),
    ];

    /// <param name="sort">As on the page; dots without a result come last.</param>
    /// <param name="address">Where the portal is.</param>
    public static string Text(BlinkingBatch batch, string? sort, string address)
    {
        var text = new StringBuilder();
        text.Append(CsvText.Comment("batch", $"{CsvText.Harmless(batch.Name)}, {address}/b/{batch.Code}/blinking"));
        text.Append(CsvText.Comment("speaks for a dot", "the newest result of a whole run"));
        List<string> heads = ["dot", "result"];
        foreach (var (name, unit) in Numbers) heads.AddRange([CsvText.Head(name, unit), $"sigma of {name}"]);
        heads.AddRange(["blinking_type", "dwell_law_on", "dwell_law_off", "g2_0", "sigma of g2_0", "mean rate [cps]", "bin [s]", "confidence", "bleached", "flags", "missing"]);
        text.AppendJoin(',', heads.Select(CsvText.Quoted)).Append("\r\n");
        foreach (var dot in batch.Sorted(sort).Concat(batch.Missing))
        {
            List<string> cells = [CsvText.Harmless(dot.Code), dot.Result is { } result ? $"{address}/a/{result.Id}" : ""];
            foreach (var (name, _) in Numbers)
                cells.AddRange(dot.Result?.Values.FirstOrDefault(value => value.Name == name) is { } value ? [CsvText.Number(value.Value), CsvText.Number(value.Sigma)] : ["", ""]);
            var g2 = dot.G2?.Quantity;
            cells.AddRange(
            [
                dot.Type?.Value ?? "", dot.LawOn ?? "", dot.LawOff ?? "", CsvText.Number(g2?.Value), CsvText.Number(g2?.Sigma), CsvText.Number(dot.Rate?.Value),
                CsvText.Number(dot.BinWidth), CsvText.Number(dot.Confidence), dot.Result is null ? "" : dot.IsBleached ? "yes" : "no",
                CsvText.Harmless(string.Join("; ", dot.Flags)), CsvText.Harmless(dot.Missing ?? ""),
            ]);
            text.AppendJoin(',', cells.Select(CsvText.Quoted)).Append("\r\n");
        }
        return text.ToString();
    }
}
