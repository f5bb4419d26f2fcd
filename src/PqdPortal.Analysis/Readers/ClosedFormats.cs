namespace PqdPortal.Analysis.Readers;

/// <summary>Files of other programs whose layout is not public, or that hold anything at all: known by name, with the way out.</summary>
static class ClosedFormats
{
    public static IReadOnlyList<FileFormat> All { get; } =
    [
        new("Swabian Instruments Time Tagger file (.ttbin)", IsSwabian,
            WayOut: "its layout is known to the vendor's library alone. Open it there (FileReader of the Time Tagger library) and write channel and time in picoseconds as two columns of a text file, \"channel,time_ps\"; that is read here."),
        new("Zeiss ConfoCor3 raw data file", s => s.StartsWith("Carl Zeiss ConfoCor3 - raw data"u8),
            WayOut: "it holds the distances between photons of a correlation microscope. Write their times with the detector as two columns of a text file, \"channel,time_s\"; that is read here."),
        new("Photonscore LINCam file (.photons)", s => s[..Math.Min(s.Length, 64)].IndexOf("D7 Photons Data"u8) >= 0,
            WayOut: "it is read by the vendor's own program alone. Export channel and time as two columns of a text file, or Photon-HDF5."),
        new("image of ISS Vista (.ifli, .ifi)", s => s.StartsWith("VistaFLImage"u8) || s.StartsWith("VISTAIMAGE"u8),
            WayOut: "it holds lifetimes that are fitted already. Export the decays from Vista as a text file with columns of time and counts."),
        new("Lambert Instruments image of lifetimes (.fli)", s => s.StartsWith("{FLIMIMAGE}"u8),
            WayOut: "it holds phases and modulations of an image. Export the decays as a text file with columns of time and counts."),
        new("LabVIEW measurement file (TDMS)", s => s.StartsWith("TDSm"u8) || s.StartsWith("TDSh"u8),
            WayOut: "what its channels mean is known only to the program that wrote it. Export them as text, one column for each, with a line of titles and units."),
        new("NumPy array (.npy)", s => s.StartsWith((ReadOnlySpan<byte>)[0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y']),
            WayOut: "it holds numbers without names or units. Save it as text, one column for each quantity, with a line of titles and units such as \"channel,time_ps\" or \"time_ns,counts\"."),
        new("MATLAB file (.mat)", s => s.StartsWith("MATLAB 5.0 MAT-file"u8) || s.StartsWith("MATLAB 7.3 MAT-file"u8),
            WayOut: "what its variables mean is known only to who saved them. Write them as text (writetable), with a line of titles and units."),
        new("project of Origin (.opj, .opju)", s => s.StartsWith("CPYA "u8) || s.StartsWith("CPYUA "u8),
            WayOut: "its layout is not public. Export the worksheet from Origin as ASCII, with the row of long names and units."),
        new("spreadsheet or document of older Office programs", s => s.StartsWith((ReadOnlySpan<byte>)[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]),
            WayOut: "save the sheet as CSV, with the line of titles and units, and upload that."),
    ];

    /// <summary>The mark of its first block; older versions begin with their configuration as text.</summary>
    static bool IsSwabian(ReadOnlySpan<byte> start) =>
        start.StartsWith("SITT"u8)
        || start.IndexOfAnyInRange((byte)0, (byte)8) >= 0 && (start.IndexOf("Swabian Instruments"u8) >= 0 || start.IndexOf("TimeTagger"u8) >= 0);
}
