using System.Runtime.InteropServices;
using System.Text;
using BenchmarkDotNet.Attributes;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;
using PqdPortal.Analysis.Tests.Readers;

namespace PqdPortal.Benchmarks;

/// <summary>
/// How long does reading a usual T2 file take, from its bytes to events? Guards the eight-at-a-time decoder: at 3 ns a
/// record and less, reading is a small part of any correlation. The rates set the length of the runs between overflows.
/// </summary>
[MemoryDiagnoser]
public class PtuDecodeBenchmarks
{
    const int Photons = 2_000_000;
    const double Tick = 1e-12;

    /// <summary>Photons a second on both detectors together.</summary>
    [Params(50e3, 500e3, 5e6)] public double Rate;

    string _path = "";
    uint[] _records = [];

    [GlobalSetup]
    public void Draw()
    {
        var random = new Random(1);
        var records = new List<uint>();
        var (time, wraps) = (0.0, 0L);
        for (var i = 0; i < Photons; i++)
        {
            time -= Math.Log(1 - random.NextDouble()) / Rate / Tick;
            var tick = (long)time;
            if (tick >> 25 > wraps)
            {
                records.Add(0xFE000000 | (uint)((tick >> 25) - wraps));
                wraps = tick >> 25;
            }
            records.Add((uint)random.Next(2) << 25 | (uint)(tick & 0x1FFFFFF));
        }
        _records = [.. records];

        _path = Path.GetTempFileName();
        using var file = new BinaryWriter(File.Create(_path));
        file.Write("PQTTTR\0\01.0.00\0\0"u8);
        Tag(file, "TTResultFormat_TTTRRecType", 0x10000008, 0x01010204);
        Tag(file, "MeasDesc_GlobalResolution", 0x20000008, BitConverter.DoubleToInt64Bits(Tick));
        Tag(file, "TTResult_NumberOfRecords", 0x10000008, _records.Length);
        Tag(file, "Header_End", 0xFFFF0008, 0);
        file.Write(MemoryMarshal.AsBytes<uint>(_records));
    }

    [GlobalCleanup]
    public void Remove() => File.Delete(_path);

    [Benchmark(Baseline = true)] public int Plain() => PlainDecoder.Decode(0x01010204, _records).Time.Count;

    [Benchmark]
    public long FromFile()
    {
        using var file = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        var counter = new Counter();
        ((PhotonStream)Formats.Open(file)).Read(counter);
        return counter.Events;
    }

    static void Tag(BinaryWriter file, string name, uint type, long value)
    {
        file.Write(Encoding.ASCII.GetBytes(name.PadRight(32, '\0')));
        file.Write(-1);
        file.Write(type);
        file.Write(value);
    }

    sealed class Counter : IPhotonConsumer
    {
        public long Events { get; private set; }

        public void Add(in PhotonBatch batch) => Events += batch.Count;
    }
}
