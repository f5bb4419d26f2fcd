using System.Text;

namespace PqdPortal.Analysis.Tests.Simulation;

/// <summary>
/// A PTU file decoded in the plainest way, after the published layout of the records alone: the check of the writer.
/// Knows nothing of the portal's reader or writer.
/// </summary>
sealed class PlainPtu
{
    public Dictionary<string, object> Tags { get; } = [];
    public List<(int Channel, long Time, int Dtime)> Events { get; } = [];
    public int Records { get; }

    public PlainPtu(byte[] bytes)
    {
        Assert.Equal("PQTTTR\0\0", Encoding.ASCII.GetString(bytes, 0, 8));
        var at = 16;
        while (true)
        {
            var name = Encoding.ASCII.GetString(bytes, at, 32).TrimEnd('\0');
            var index = BitConverter.ToInt32(bytes, at + 32);
            var type = BitConverter.ToUInt32(bytes, at + 36);
            var value = BitConverter.ToInt64(bytes, at + 40);
            at += 48;
            object read = type switch
            {
                0x20000008 or 0x21000008 => BitConverter.Int64BitsToDouble(value),
                0x4001FFFF => Encoding.UTF8.GetString(bytes, at, (int)value).TrimEnd('\0'),
                _ => value,
            };
            if (type == 0x4001FFFF)
            {
                Assert.Equal(0, value % 8);
                at += (int)value;
            }

            Tags.Add(index < 0 ? name : $"{name}[{index}]", read);
            if (name == "Header_End") break;
        }

        Assert.Equal(0, (bytes.Length - at) % 4);
        var code = (long)Tags["TTResultFormat_TTTRRecType"];
        long wraps = 0;
        for (; at < bytes.Length; at += 4)
        {
            var r = BitConverter.ToUInt32(bytes, at);
            Records++;
            switch (code)
            {
                case 0x00010203:
                    if (r >> 28 == 15 && (r & 15) == 0) wraps++;
                    else if (r >> 28 == 15) Events.Add((100 + (int)(r & 15), wraps * 210_698_240 + (r & 0x0FFFFFF0), 0));
                    else Events.Add(((int)(r >> 28), wraps * 210_698_240 + (r & 0x0FFFFFFF), 0));
                    break;
                case 0x00010303:
                    if (r >> 28 == 15 && ((r >> 16) & 0xFFF) == 0) wraps++;
                    else if (r >> 28 == 15) Events.Add((100 + (int)((r >> 16) & 0xFFF), wraps * 65536 + (r & 0xFFFF), 0));
                    else Events.Add(((int)(r >> 28), wraps * 65536 + (r & 0xFFFF), (int)((r >> 16) & 0xFFF)));
                    break;
                case 0x00010304 or 0x01010304 or 0x00010305 or 0x00010306 or 0x00010307:
                {
                    var channel = (int)((r >> 25) & 63);
                    if (r >> 31 == 1 && channel == 63) wraps += code == 0x00010304 || (r & 1023) == 0 ? 1 : r & 1023;
                    else Events.Add((r >> 31 == 1 ? 100 + channel : channel, wraps * 1024 + (r & 1023), r >> 31 == 1 ? 0 : (int)((r >> 10) & 32767)));
                    break;
                }
                default:
                {
                    var length = code == 0x00010204 ? 33_552_000L : 33_554_432L;
                    var channel = (int)((r >> 25) & 63);
                    var tag = r & 0x1FFFFFF;
                    if (r >> 31 == 1 && channel == 63) wraps += code == 0x00010204 || tag == 0 ? 1 : tag;
                    else Events.Add((r >> 31 == 0 ? channel : channel == 0 ? -1 : 100 + channel, wraps * length + tag, 0));
                    break;
                }
            }
        }
    }
}
