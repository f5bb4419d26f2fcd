using System.Diagnostics;
using PqdPortal.Analysis.Readers;
using Xunit.Abstractions;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>
/// Thousands of damaged HDF5 files, by seed: each is read or refused, within seconds and in little memory. PQD_LONG=1 tries ten
/// times as many.
/// </summary>
[Collection(nameof(PtuFuzzTests.Alone))]
public class Hdf5FuzzTests(ITestOutputHelper output)
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    static int Cases => Environment.GetEnvironmentVariable("PQD_LONG") == "1" ? 30_000 : 3000;

    [RealFileTheory]
    [InlineData("photon-hdf5-min.h5"), InlineData("velox-ceta.emd")]
    public void However_a_real_file_is_damaged_it_is_read_or_refused(string name) => Try(File.ReadAllBytes(RealFiles.Path(name)), name);

    [Hdf5Theory]
    [InlineData(false), InlineData(true)]
    public void However_a_file_of_the_library_is_damaged_it_is_read_or_refused(bool latest)
    {
        using var file = new Hdf5TestFile(latest);
        file.Text(file.Root, "format_name", "Photon-HDF5", attribute: true);
        var photons = file.Group(file.Root, "photon_data");
        for (var i = 0; i < 40; i++) file.Real(photons, $"field {i}", i);
        var times = Enumerable.Range(0, 3000).Select(i => i * 7L).ToArray();
        file.Numbers(photons, "timestamps", "H5T_STD_I64LE", "H5T_NATIVE_INT64", times, [3000], [10], 1);
        file.Numbers(photons, "detectors", "H5T_STD_U8LE", "H5T_NATIVE_UINT8", new byte[3000], [3000], [100], deflate: true, shuffle: true);
        file.Numbers(photons, "nanotimes", "H5T_STD_U16LE", "H5T_NATIVE_UINT16", new ushort[3000], [3000], [3000], deflate: true, fletcher: true);
        Try(file.Bytes(), latest ? "new form" : "old form");
    }

    void Try(byte[] whole, string name)
    {
        // What the library keeps about the data lies between them: the places of its signatures are hit more often than pixels.
        int[] structures = [.. Places(whole)];
        var (read, refused, slowest, largest) = (0, 0, TimeSpan.Zero, 0L);
        for (var seed = 0; seed < Cases; seed++)
        {
            var bytes = Damaged(whole, structures, new Random(seed));
            var before = GC.GetAllocatedBytesForCurrentThread();
            var clock = Stopwatch.StartNew();
            try
            {
                using var file = new MemoryStream(bytes);
                FileSummary.Of(file).ToJson(name).ToJsonString();
                read++;
            }
            catch (MeasurementFormatException refusal)
            {
                Assert.True(refusal.Message.Length > 30 && refusal.Offset >= 0 && refusal.Offset <= bytes.Length, $"{name}, seed {seed}: {refusal.Message} at {refusal.Offset}");
                refused++;
            }
            catch (Exception fault)
            {
                Assert.Fail($"{name}, seed {seed}: {fault}");
            }
            if (clock.Elapsed > slowest) slowest = clock.Elapsed;
            largest = Math.Max(largest, GC.GetAllocatedBytesForCurrentThread() - before - bytes.Length);
            Assert.True(clock.Elapsed < Limit, $"{name}, seed {seed}: {clock.Elapsed}");
        }
        output.WriteLine($"{name}: {read} read, {refused} refused; slowest {slowest.TotalMilliseconds:0} ms, at most {largest >> 20} MB in all");
        Assert.InRange(refused, Cases / 20, Cases);
        Assert.InRange(read, Cases / 50, Cases);
    }

    static IEnumerable<int> Places(byte[] whole)
    {
        foreach (var signature in (string[])["TREE", "SNOD", "HEAP", "GCOL", "OHDR", "OCHK", "FRHP", "FHDB", "FHIB", "BTHD", "BTLF", "EAHD", "EAIB", "EADB", "EASB", "FAHD", "FADB"])
            for (var at = 0; ; at++)
            {
                var found = whole.AsSpan(at).IndexOf(System.Text.Encoding.ASCII.GetBytes(signature));
                if (found < 0) break;
                yield return at += found;
            }
        for (var at = 0; at < 1024; at += 64) yield return at;
    }

    static byte[] Damaged(byte[] whole, int[] structures, Random random)
    {
        var bytes = random.Next(20) == 0 ? whole[..random.Next(8, whole.Length)] : (byte[])whole.Clone();
        for (var hits = random.Next(1, 9); hits > 0; hits--)
        {
            var at = random.Next(4) == 0 ? random.Next(bytes.Length) : Math.Min(bytes.Length - 1, structures[random.Next(structures.Length)] + random.Next(256));
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.AsSpan(at, Math.Min(8, bytes.Length - at)).Fill((byte)(random.Next(2) * 255));
                    break;
                case 3:
                    BitConverter.TryWriteBytes(bytes.AsSpan(at), random.NextInt64() >> random.Next(63));
                    break;
                default:
                    var from = structures[random.Next(structures.Length)];
                    whole.AsSpan(from, Math.Min(Math.Min(16, whole.Length - from), bytes.Length - at)).CopyTo(bytes.AsSpan(at));
                    break;
            }
        }
        // The signature stays: without it nothing would be read at all.
        whole.AsSpan(0, 8).CopyTo(bytes);
        return bytes;
    }
}
