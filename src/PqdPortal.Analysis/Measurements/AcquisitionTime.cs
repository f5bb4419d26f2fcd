using System.Globalization;

namespace PqdPortal.Analysis.Measurements;

/// <summary>How long a photon stream was measured, decided once for the whole portal.</summary>
/// <param name="Seconds">Acquisition time [s]; null where neither header nor records tell it.</param>
/// <param name="Source">"header" or "records"; null where <paramref name="Seconds"/> is.</param>
/// <param name="Findings">What header and records disagree about.</param>
/// <remarks>
/// The header's acquisition time (never the preset) holds, not last minus first photon: a dot that went dark was still
/// being watched. Where it is missing, or the last event lies more than 1 % behind it, or the instrument stopped by an
/// error, the last event is what remains; without any header value, or where the file holds only the beginning of the
/// declared records, a later overflow record counts too. Of a selection it is the selected time within all that.
/// </remarks>
public sealed record AcquisitionTime(double? Seconds, string? Source, IReadOnlyList<Finding> Findings)
{
    /// <summary>Header and records may differ by this share before it is worth a word.</summary>
    const double Agreement = 0.01;

    /// <param name="stream">The stream that was read.</param>
    /// <param name="pass">What its decoder reported.</param>
    /// <param name="lastEvent">Latest event of the pass [ticks]; null where there was none.</param>
    public static AcquisitionTime Of(PhotonStream stream, PassReport pass, long? lastEvent)
    {
        if (pass.Time is { } selected) return selected;
        var header = stream.HeaderDuration;
        var seen = Math.Max(pass.LastOverflowTick, lastEvent ?? 0) * stream.Tick;
        var last = lastEvent * stream.Tick;

        if (header is not { } told)
            return seen is > 0
                ? new(seen, "records", [Warn("DURATION_GUESSED",
                    $"The header does not say how long was measured. The last record seen, at {Text(seen.Value)} s, stands for it.")])
                : new(null, null, [Warn("DURATION_GUESSED",
                    "Neither the header nor the records say how long was measured; rates cannot be given.")]);

        if (stream.EndedByError && last is > 0)
            return new(last, "records", [Warn("DURATION_GUESSED",
                $"The instrument stopped by an error. The header says {Text(told)} s; the last event, at {Text(last.Value)} s, stands for the duration.")]);

        if (last > told * (1 + Agreement))
            return new(last, "records", [Warn("DURATION_GUESSED",
                $"The last event, at {Text(last.Value)} s, lies behind the end of the measurement that the header names, {Text(told)} s. The last event stands for the duration.")]);

        if (stream.DeclaredRecords > stream.AvailableRecords && seen is > 0 && seen < told * (1 - Agreement))
            return new(seen, "records", [Warn("DURATION_GUESSED",
                $"Records are missing: those in the file end at {Text(seen.Value)} s of {Text(told)} s. The part that is there stands for the duration.")]);

        return seen < told * (1 - Agreement)
            ? new(told, "header", [Warn("DURATION_MISMATCH",
                $"The records end at {Text(seen.Value)} s, the header says {Text(told)} s. Rates are taken over the header's time; if records are missing they are too low.{SyncsWouldFit(stream, seen, told)}")])
            : new(told, "header", []);
    }

    /// <summary>In T3 the records know time only as sync counts, so a wrong sync rate shows as a wrong end.</summary>
    static string SyncsWouldFit(PhotonStream stream, double? seen, double told) =>
        stream.SyncPeriod is { } period && seen is > 0
            ? $" Or the sync rate is wrong: {Hertz(seen.Value / period / told)} would make the records last that long, the header's period is that of {Hertz(1 / period)}."
            : "";

    static Finding Warn(string code, string message) => new(Severity.Warning, code, message);

    static string Hertz(double rate) => rate.ToString(rate < 1000 ? "G4" : "N0", CultureInfo.InvariantCulture) + " Hz";

    static string Text(double seconds) => seconds.ToString("G6", CultureInfo.InvariantCulture);
}
