using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>
/// Decodes PicoQuant records one by one, as their description reads. Slow and simple: the reference of the fast decoder
/// in tests and benchmarks.
/// </summary>
public static class PlainDecoder
{
    public sealed record Result(
        List<long> Time, List<short> Channel, List<int> Dtime, long OverflowRecords, long Wraps, long Undefined)
    {
        public long BackwardSteps => Time.Zip(Time.Skip(1)).LongCount(pair => pair.Second < pair.First);
    }

    public static Result Decode(uint recordType, IEnumerable<uint> records)
    {
        var result = new Result([], [], [], 0, 0, 0);
        long overflowRecords = 0, wraps = 0, undefined = 0;

        void Event(long tick, int channel, int dtime = 0)
        {
            result.Time.Add(tick);
            result.Channel.Add((short)channel);
            result.Dtime.Add(dtime);
        }

        foreach (var record in records)
        {
            switch (recordType)
            {
                case 0x00010203:
                {
                    var (channel, tag) = ((int)(record / 0x10000000), (int)(record % 0x10000000));
                    if (channel <= 4) Event(wraps * 210_698_240 + tag, channel);
                    else if (channel == 15 && tag % 16 == 0) { overflowRecords++; wraps++; }
                    else if (channel == 15) Event(wraps * 210_698_240 + tag / 16 * 16, 100 + tag % 16);
                    else undefined++;
                    break;
                }
                case 0x00010303:
                {
                    var (channel, dtime, sync) = ((int)(record / 0x10000000), (int)(record / 0x10000 % 0x1000), (int)(record % 0x10000));
                    if (channel is >= 1 and <= 4) Event(wraps * 65_536 + sync, channel, dtime);
                    else if (channel == 15 && dtime == 0) { overflowRecords++; wraps++; }
                    else if (channel == 15) Event(wraps * 65_536 + sync, 100 + dtime);
                    else undefined++;
                    break;
                }
                default:
                {
                    var isT3 = (recordType & 0xF00) == 0x300;
                    var isV1 = recordType is 0x00010204 or 0x00010304;
                    var wrap = isT3 ? 1024 : isV1 ? 33_552_000 : 33_554_432;
                    var (special, channel) = (record >= 0x80000000, (int)(record / 0x2000000 % 64));
                    var low = (int)(isT3 ? record % 1024 : record % 0x2000000);
                    var dtime = isT3 ? (int)(record / 1024 % 0x8000) : 0;
                    if (!special) Event(wraps * wrap + low, channel, dtime);
                    else if (channel == 63) { overflowRecords++; wraps += isV1 || low == 0 ? 1 : low; }
                    else if (channel is >= 1 and <= 15) Event(wraps * wrap + low, 100 + channel);
                    else if (channel == 0 && !isT3) Event(wraps * wrap + low, -1);
                    else undefined++;
                    break;
                }
            }
        }
        return result with { OverflowRecords = overflowRecords, Wraps = wraps, Undefined = undefined };
    }
}
