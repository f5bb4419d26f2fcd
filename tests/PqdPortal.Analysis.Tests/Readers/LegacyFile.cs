namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>Writes the files that PicoQuant's instruments wrote before PTU, by the offsets of their public description.</summary>
static class LegacyFile
{
    /// <summary>PT2 (mode 2) or PT3 (mode 3) of one board.</summary>
    public static byte[] PicoHarp(
        int mode, uint[] records, int? declared = null, int syncRate = 40_000_000, float resolution = 0.004f, int stopAfter = 1000, int bits = 32, uint[]? image = null, int? imageWords = null) =>
        PicoHarpHead(mode, bits, curves: 0, resolution, 728)
            .I4(704, syncRate, 50_000, stopAfter, 0, declared ?? records.Length, imageWords ?? image?.Length ?? 0)
            .With([.. image ?? [], .. records]);

    static HeaderBytes PicoHarpHead(int mode, int bits, int curves, float resolution, int length) => new HeaderBytes(length)
        .Text(0, "PicoHarp 300").Text(16, "2.0").Text(22, "PicoHarp Software").Text(40, "2.3.0.0").Text(52, "28/11/12 17:05:13").Text(70, "\r\n").Text(72, "a comment")
        .I4(328, curves, bits, 0, 1, 0, mode)
        .Text(536, "PicoHarp 300").Text(552, "2.0").I4(560, 1004567, 8).F4(584, resolution);

    /// <summary>PHD: a curve header of 172 bytes for each curve, then the bins.</summary>
    public static byte[] Phd((uint[] Counts, float Resolution)[] curves, int? declared = null, int? bins = null, int? dataOffset = null, long? integral = null)
    {
        var head = PicoHarpHead(0, 32, declared ?? curves.Length, 0.004f, 692 + 172 * curves.Length);
        var data = 692 + 172 * curves.Length;
        foreach (var (i, curve) in curves.Index())
        {
            var at = 692 + 172 * i;
            // index, time, ident 16, version 8, serial, divider, 4 CFD, offset, routing, ext, mode, submode, 3 f4, range, resolution, channels, ...
            head.I4(at, i, 1_354_122_000).I4(at + 60, i).F4(at + 92, curve.Resolution).I4(at + 96, bins ?? curve.Counts.Length, 0, 5000, 0, 40_000_000)
                .I8(at + 124, integral ?? curve.Counts.Sum(count => (long)count)).I4(at + 136, dataOffset ?? data);
            data += 4 * curve.Counts.Length;
        }
        return head.With(curves.SelectMany(curve => curve.Counts));
    }

    /// <summary>HT2 (mode 2) or HT3 (mode 3), version 1.0 or 2.0.</summary>
    public static byte[] HydraHarp(
        string version, int mode, uint[] records, long? declared = null, int inputs = 2, double resolution = 1, double baseResolution = 1, int syncRate = 40_000_000, int bits = 32, int? imageWords = null)
    {
        var rates = 696 + 16 * Math.Clamp(inputs, 0, 64);
        var behind = rates + 4 * Math.Clamp(inputs, 0, 64);
        return HydraHarpHead(version, mode, bits, 0, inputs, resolution, baseResolution, behind + 24)
            .I4(rates, inputs > 0 && inputs <= 64 ? [.. Enumerable.Repeat(10_000, inputs)] : [])
            .I4(behind, syncRate, 1000, 0, imageWords ?? 0).I8(behind + 16, declared ?? records.Length)
            .With(records);
    }

    static HeaderBytes HydraHarpHead(string version, int mode, int bits, int curves, int inputs, double resolution, double baseResolution, int length) => new HeaderBytes(length)
        .Text(0, "HydraHarp").Text(16, version).Text(22, "HydraHarp Software").Text(40, "1.2").Text(52, "28/11/12 17:05:13").Text(70, "\r\n")
        .I4(328, curves, bits, 0, mode, 0, 0).F8(352, resolution)
        .Text(536, "HydraHarp 400").F8(648, baseResolution).I8(656, (1L << Math.Clamp(inputs, 0, 62)) - 1).I4(664, inputs).I4(680, 1);

    /// <summary>HHD: a curve header of 264 bytes for each curve, then the bins.</summary>
    public static byte[] Hhd((uint[] Counts, double Resolution)[] curves, int? declared = null, int? bins = null, int? dataOffset = null)
    {
        const int inputs = 2, first = 696 + 16 * inputs;
        var head = HydraHarpHead("1.0", 0, 32, declared ?? curves.Length, inputs, 1, 1, first + 264 * curves.Length);
        var data = first + 264 * curves.Length;
        foreach (var (i, curve) in curves.Index())
        {
            var at = first + 264 * i;
            head.I4(at, i, 1_354_122_000).I4(at + 184, i)
                .F8(at + 200, curve.Resolution)
                .I8(at + 248, curve.Counts.Sum(count => (long)count))
                .I4(at + 256, bins ?? curve.Counts.Length, dataOffset ?? data);
            data += 4 * curve.Counts.Length;
        }
        return head.With(curves.SelectMany(curve => curve.Counts));
    }

    /// <summary>T3R of version 2 to 6.</summary>
    public static byte[] T3r(int version, uint[] records, int? declared = null, int clock = 100, float resolution = 0.04f, int bits = 32, int special = 0, int? specialWords = null)
    {
        var (text, board) = (TextBytes(version), BoardBytes(version));
        var tags = text + 212 + board;
        return TimeHarpHead(version, 2, bits, 0, 4096, resolution, tags + 4 * (version >= 5 ? 13 : 12) + 4 * special)
            .I4(tags, clock).I4(tags + 28, 10_000_000, 30_000, 2000, 0, declared ?? records.Length)
            .I4(tags + 48, version >= 5 ? [specialWords ?? special] : [])
            .With(records);
    }

    static int TextBytes(int version) => version == 6 ? 328 : 304;

    static int BoardBytes(int version) => version == 6 ? 48 : 24;

    static HeaderBytes TimeHarpHead(int version, int mode, int bits, int curves, int channels, float resolution, int length)
    {
        var text = TextBytes(version);
        var head = new HeaderBytes(length).Text(0, "TimeHarp 200").Text(16, $"{version}.0");
        if (version == 6) head.Text(22, "TimeHarp Software").Text(40, "6.1").Text(52, "28/11/12 17:05:13").Text(70, "\r\n");
        else head.Text(22, "1.0").Text(28, "28/11/12 17:05:13").Text(46, "\r\n");
        return head.I4(text, channels, curves, bits, 0, 1, 0, mode).F4(text + 212 + BoardBytes(version) - 4, resolution);
    }

    /// <summary>THD: each curve's header of 100 bytes is followed by its bins.</summary>
    public static byte[] Thd(int version, (uint[] Counts, float Resolution)[] curves, int? declared = null, int? bins = null)
    {
        var head = TimeHarpHead(version, 0, 32, declared ?? curves.Length, bins ?? curves[0].Counts.Length, 0.04f, TextBytes(version) + 212 + BoardBytes(version)).With();
        return [.. head, .. curves.SelectMany((curve, i) => new HeaderBytes(100)
            .I4(0, i, 1_000_000_000).I4(24, i).I4(64, 3000, 0, 10_000_000).I4(84, (int)curve.Counts.Sum(count => (long)count)).F4(88, curve.Resolution)
            .With(curve.Counts))];
    }
}
