namespace PqdPortal.Analysis.Simulation;

/// <summary>How a record's 32 bits are shared out.</summary>
public enum PtuLayout
{
    /// <summary>PicoHarp T2: channel 31..28, tag 27..0.</summary>
    PicoT2,

    /// <summary>PicoHarp T3: channel 31..28, dtime 27..16, nsync 15..0.</summary>
    PicoT3,

    /// <summary>HydraHarp type T2: special 31, channel 30..25, tag 24..0.</summary>
    HydraT2,

    /// <summary>HydraHarp type T3: special 31, channel 30..25, dtime 24..10, nsync 9..0.</summary>
    HydraT3,
}

/// <summary>A record type that can be written.</summary>
/// <param name="Name">Name for people and requests, such as "HydraHarp V2 T2".</param>
/// <param name="Code">Value of TTResultFormat_TTTRRecType.</param>
/// <param name="Wrap">Ticks of one wrap of the clock.</param>
/// <param name="CountsWraps">True where one overflow record may stand for several wraps.</param>
/// <param name="Device">Value of HW_Type.</param>
/// <param name="Software">Value of CreatorSW_Name.</param>
/// <param name="BaseResolution">The instrument's own step [s]; the tick of T2.</param>
/// <param name="ChannelWidth">Usual width of a micro-time channel of T3 [s].</param>
public sealed record PtuRecordType(
    string Name, uint Code, PtuLayout Layout, long Wrap, bool CountsWraps,
    string Device, string Software, double BaseResolution, double ChannelWidth)
{
    public bool IsT3 => Layout is PtuLayout.PicoT3 or PtuLayout.HydraT3;

    /// <summary>Raw channels that photons may have.</summary>
    public int LowestChannel => Layout == PtuLayout.PicoT3 ? 1 : 0;

    public int HighestChannel => Layout is PtuLayout.PicoT2 or PtuLayout.PicoT3 ? 4 : 62;

    /// <summary>Micro-time channels that a record can name; 0 in T2.</summary>
    public int DtimeChannels => Layout switch { PtuLayout.PicoT3 => 4096, PtuLayout.HydraT3 => 32768, _ => 0 };

    /// <summary>True where the laser's pulses can be written as events of their own.</summary>
    public bool HasSyncEvents => Layout == PtuLayout.HydraT2;

    /// <summary>All of them, one line each.</summary>
    public static IReadOnlyList<PtuRecordType> All { get; } =
    [
        new("PicoHarp 300 T2", 0x00010203, PtuLayout.PicoT2, 210_698_240, false, "PicoHarp 300", "PicoHarp Software", 4e-12, 0),
        new("PicoHarp 300 T3", 0x00010303, PtuLayout.PicoT3, 65_536, false, "PicoHarp 300", "PicoHarp Software", 4e-12, 16e-12),
        new("HydraHarp V1 T2", 0x00010204, PtuLayout.HydraT2, 33_552_000, false, "HydraHarp 400", "HydraHarp AcqUI", 1e-12, 0),
        new("HydraHarp V1 T3", 0x00010304, PtuLayout.HydraT3, 1_024, false, "HydraHarp 400", "HydraHarp AcqUI", 1e-12, 16e-12),
        new("HydraHarp V2 T2", 0x01010204, PtuLayout.HydraT2, 33_554_432, true, "HydraHarp 400", "HydraHarp AcqUI", 1e-12, 0),
        new("HydraHarp V2 T3", 0x01010304, PtuLayout.HydraT3, 1_024, true, "HydraHarp 400", "HydraHarp AcqUI", 1e-12, 16e-12),
        new("TimeHarp 260 N T2", 0x00010205, PtuLayout.HydraT2, 33_554_432, true, "TimeHarp 260 N", "TimeHarp AcqUI", 250e-12, 0),
        new("TimeHarp 260 N T3", 0x00010305, PtuLayout.HydraT3, 1_024, true, "TimeHarp 260 N", "TimeHarp AcqUI", 250e-12, 250e-12),
        new("TimeHarp 260 P T2", 0x00010206, PtuLayout.HydraT2, 33_554_432, true, "TimeHarp 260 P", "TimeHarp AcqUI", 25e-12, 0),
        new("TimeHarp 260 P T3", 0x00010306, PtuLayout.HydraT3, 1_024, true, "TimeHarp 260 P", "TimeHarp AcqUI", 25e-12, 25e-12),
        new("MultiHarp T2", 0x00010207, PtuLayout.HydraT2, 33_554_432, true, "MultiHarp 150 8N", "MultiHarp Software", 5e-12, 0),
        new("MultiHarp T3", 0x00010307, PtuLayout.HydraT3, 1_024, true, "MultiHarp 150 8N", "MultiHarp Software", 5e-12, 20e-12),
    ];

    /// <summary>Finds a record type by its name; blanks and case do not matter, and "Generic" is the MultiHarp's.</summary>
    /// <exception cref="RequestException">There is none of that name.</exception>
    public static PtuRecordType Find(string name)
    {
        var wanted = Plain(name);
        return All.FirstOrDefault(type => Plain(type.Name) == wanted)
            ?? throw new RequestException(
                $"There is no record type \"{name}\". Known are: {string.Join(", ", All.Select(type => type.Name))}.");
    }

    static string Plain(string name) =>
        name.Replace(" ", "").ToLowerInvariant().Replace("generic", "multiharp").Replace("picoharp300", "picoharp").Replace("multiharp150", "multiharp");
}
