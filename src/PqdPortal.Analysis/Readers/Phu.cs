using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>PicoQuant PHU: histograms behind a list of tags.</summary>
/// <remarks>After PicoQuant's public description; see docs/formats/phu.md. The tag list is that of PTU.</remarks>
static class Phu
{
    const string Name = "PicoQuant PHU histogram";

    public static bool Recognise(ReadOnlySpan<byte> start) => start.StartsWith("PQHISTO"u8);

    /// <exception cref="MeasurementFormatException">The tag list is damaged, or its bins are of another size.</exception>
    public static HistogramSet Open(ByteSource source)
    {
        if (source.Length < PicoQuantTags.ListStart)
            throw new MeasurementFormatException(
                $"Truncated header: a PHU file begins with {PicoQuantTags.ListStart} bytes of magic and version, this one ends after {source.Length}. Copy the file again from the instrument.",
                source.Length) { Format = Name };
        var findings = new FindingList();
        var tags = PicoQuantTags.Read(source, findings);
        if (tags.DataOffset is not { } end)
        {
            var (why, at) = tags.Broken!.Value;
            throw new MeasurementFormatException(
                $"Truncated or damaged header of this PHU file: {why}. The last tag that could be read begins at byte {tags.LastGoodTag:N0}. Copy the file again from the instrument.",
                at) { Format = Name, Header = tags.Header };
        }

        const string bitsTag = "HistoResult_BitsPerBin", curvesTag = "HistoResult_NumberOfCurves";
        if (tags.Int(bitsTag) is { } bits and not 32)
            throw new MeasurementFormatException($"The header says {bits} bits a bin (tag {bitsTag}); 32 are read.", tags.OffsetOf(bitsTag) ?? end) { Format = Name, Header = tags.Header };
        if (tags.Int(curvesTag) is not { } told)
            throw new MeasurementFormatException($"The header does not say how many curves there are (tag {curvesTag}).", tags.OffsetOf(curvesTag) ?? end) { Format = Name, Header = tags.Header };
        // Every curve has tags of its own, so the header bounds their number.
        var count = LegacyPicoQuant.Curves((int)Math.Clamp(told, int.MinValue, int.MaxValue), tags.OffsetOf(curvesTag) ?? end, tags.Header.Count, Name, tags.Header);

        var curves = new List<HistogramCurve>();
        for (var i = 0; i < count; i++)
        {
            const string offset = "HistResDscr_DataOffset";
            var headerAt = tags.OffsetOf($"{offset}({i})") ?? end;
            if (tags.Int($"{offset}({i})") is not { } data || tags.Int($"HistResDscr_HistogramBins({i})") is not { } bins)
            {
                findings.Add(Severity.Warning, "CURVE_UNKNOWN", $"The header does not say where the bins of curve {i} lie; it was left out.", headerAt);
                continue;
            }
            curves.Add(new(LegacyPicoQuant.Counts(source, bins, data, tags.Int($"HistResDscr_IntegralCount({i})"), curves, headerAt, findings),
                LegacyPicoQuant.Step(tags.Real($"HistResDscr_MDescResolution({i})")))
            {
                Channel = tags.Int($"HistResDscr_HWInpChanIdx({i})") is { } channel and >= 0 and < 64 ? (int)channel : null,
                Meaning = HistogramMeaning.Decay,
                SyncRate = LegacyPicoQuant.Positive(tags.Real($"HistResDscr_SyncRate({i})")),
                Duration = tags.Real($"HistResDscr_StopAfter({i})") is { } milliseconds and > 0 ? milliseconds / 1000 : null,
            });
        }
        return new() { Format = Name, Header = tags.Header, Curves = curves, MeasuredAt = Ptu.DateIn(tags, findings), Findings = findings.ToList() };
    }
}
