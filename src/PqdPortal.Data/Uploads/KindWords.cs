using PqdPortal.Data.Runs;

namespace PqdPortal.Data.Uploads;

/// <summary>Words by which file names tell the kind of a measurement.</summary>
static class KindWords
{
    static readonly Dictionary<string, RunKind> Known = new()
    {
        ["hbt"] = RunKind.Hbt, ["g2"] = RunKind.Hbt, ["antibunching"] = RunKind.Hbt, ["hom"] = RunKind.Hom,
        ["trpl"] = RunKind.Trpl, ["decay"] = RunKind.Trpl, ["lifetime"] = RunKind.Trpl, ["irf"] = RunKind.Trpl,
        ["spectrum"] = RunKind.Spectrum, ["spec"] = RunKind.Spectrum, ["pl"] = RunKind.Spectrum, ["tseries"] = RunKind.TemperatureSeries,
        ["abs"] = RunKind.Absorption, ["absorption"] = RunKind.Absorption, ["flid"] = RunKind.Flid,
        ["tem"] = RunKind.Tem, ["stem"] = RunKind.Tem, ["plqy"] = RunKind.Plqy, ["bleach"] = RunKind.Photostability, ["photostability"] = RunKind.Photostability,
    };

    /// <summary>The kind a word stands for; null where it is no such word.</summary>
    public static RunKind? Of(string? word) => word is not null && Known.TryGetValue(word.ToLowerInvariant(), out var kind) ? kind : null;
}
