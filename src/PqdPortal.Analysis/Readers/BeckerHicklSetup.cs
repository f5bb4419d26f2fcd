using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace PqdPortal.Analysis.Readers;

/// <summary>The head that Becker &amp; Hickl's SET and SDT files share, with the settings in it.</summary>
/// <remarks>42 bytes of offsets, a text of identification, a text of settings as #SP [SP_TAC_R,F,5e-08]; see docs/formats/becker-hickl.md.</remarks>
sealed partial class BeckerHicklSetup
{
    const int HeaderBytes = 42;
    const int LongestText = 1 << 20;

    readonly Dictionary<string, string> _settings = [];

    BeckerHicklSetup(Bytes head) => Head = head;

    /// <summary>The 42 bytes in front.</summary>
    public Bytes Head { get; }

    public JsonObject Header { get; } = [];

    /// <summary>0x20 SPC-130, 0x21 600, 0x22 630, 0x25 830, 0x26 140, 0x28 150 and so on.</summary>
    public int Module => Head.U2(0) >> 4 & 0xFF;

    /// <summary>Number of data blocks; a SET file has none.</summary>
    public int Blocks => Head.I2(18);

    public static bool Recognise(ReadOnlySpan<byte> start) =>
        start.Length >= HeaderBytes && start[32] == 0x55 && start[33] == 0x55 && BitConverter.ToUInt32(start[2..6]) == HeaderBytes;

    /// <exception cref="MeasurementFormatException">The head is damaged.</exception>
    public static BeckerHicklSetup Read(ByteSource source, string format)
    {
        var head = Bytes.Read(source, format, "header", 0, HeaderBytes);
        var setup = new BeckerHicklSetup(head);
        setup.Header["revision"] = head.U2(0);
        setup.Header["module"] = $"0x{setup.Module:X2}";
        setup.Header["data_blocks"] = setup.Blocks;
        if (TextAt(source, format, head.U4(2), head.U2(6)) is { } info) setup.Header["identification"] = info;
        if (TextAt(source, format, head.U4(8), head.U2(12)) is { } settings)
            foreach (Match match in Setting().Matches(settings))
            {
                setup._settings.TryAdd(match.Groups[1].Value, match.Groups[3].Value);
                setup.Header.TryAdd(match.Groups[1].Value, match.Groups[3].Value);
            }
        return setup;
    }

    /// <summary>A positive number of the settings; null where there is none.</summary>
    public double? Positive(string name) =>
        _settings.TryGetValue(name, out var text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && value is > 0 and < double.PositiveInfinity ? value : null;

    /// <summary>Range of the time-to-amplitude converter over its gain: the time that all channels span [s].</summary>
    public double? Span => Positive("SP_TAC_R") / Positive("SP_TAC_G");

    static string? TextAt(ByteSource source, string format, long offset, long length) =>
        offset <= 0 || length <= 0 || length > LongestText || offset > source.Length - length
            ? null : HeaderText.Narrow(Bytes.Read(source, format, "settings", offset, length).Span(offset, (int)length));

    [GeneratedRegex(@"#\w\w \[(\w+),(\w),([^\]\r\n]*)\]")]
    private static partial Regex Setting();
}
