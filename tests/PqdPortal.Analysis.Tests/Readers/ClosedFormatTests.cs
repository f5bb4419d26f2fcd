using System.Text;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Analysis.Tests.Readers;

public class ClosedFormatTests
{
    public static TheoryData<byte[], string, string> Starts => new()
    {
        { Padded("SITT"u8), "Swabian", "channel,time_ps" },
        { [1, 0, 0, 0, .. Padded("{\"software\": \"Swabian Instruments\"}"u8)], "Swabian", "channel,time_ps" },
        { Padded("Carl Zeiss ConfoCor3 - raw data file - version 3.000 - Channel 1"u8), "ConfoCor3", "time_s" },
        { Padded("\0\u0001D7 Photons Data"u8), "LINCam", "Export" },
        { Padded("VistaFLImage"u8), "ISS Vista", "Export" },
        { Padded("{FLIMIMAGE}"u8), "Lambert", "Export" },
        { Padded("TDSm"u8), "LabVIEW", "Export" },
        { [0x93, .. Padded("NUMPY"u8)], "NumPy", "Save it as text" },
        { Padded("MATLAB 5.0 MAT-file, Platform"u8), "MATLAB", "writetable" },
        { Padded("CPYUA 4.3"u8), "Origin", "Export the worksheet" },
        { [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, 0, 0], "spreadsheet", "CSV" },
        { Padded("PQDEFLT"u8), "settings", "reads" },
    };

    static byte[] Padded(ReadOnlySpan<byte> start) => [.. start, .. new byte[100]];

    [Theory, MemberData(nameof(Starts))]
    public void A_file_that_only_its_own_program_reads_is_refused_by_name_with_the_way_out(byte[] bytes, string name, string wayOut)
    {
        var refusal = Assert.Throws<MeasurementFormatException>(() => Formats.Open(new MemoryStream(bytes)));

        Assert.Contains(name, refusal.Message);
        Assert.Contains(wayOut, refusal.Message);
        Assert.EndsWith(".", refusal.Message);
        Assert.DoesNotContain("..", refusal.Message);
    }

    [Fact]
    public void What_the_way_out_recommends_is_read()
    {
        foreach (var text in new[] { "channel,time_ps\n1,5\n2,9\n", "channel,time_s\n1,0.5\n2,0.75\n" })
            Assert.Equal("photon-stream", Formats.Open(new MemoryStream(Encoding.ASCII.GetBytes(text))).Kind);
    }
}
