using PqdPortal.Analysis.Readers;
using Xunit.Abstractions;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>Damaged files of spectrometers, by seed: each is read, or refused in words at a place of the file, within seconds.</summary>
public class SpectrumFuzzTests(ITestOutputHelper output)
{
    const int Cases = 2000;

    /// <summary>Of processor time of the thread's work; nothing waits for anything.</summary>
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    static readonly string[] Names =
    [
        "princeton-spe3-spectrum.spe", "princeton-raman.spe", "andor-raman1.sif", "andor-cli-0.sif", "andor-raman1.asc", "renishaw-raman.wdf", "jcamp-dupdec1.jdx", "jcamp-pacdec1.jdx",
        "jcamp-oceanoptics.jdx", "galactic-raman.spc", "jobinyvon-spec.xml", "labspec-raman.txt", "trivista-spec.tvf", "oceanview.txt", "oceanoptics-comma.txt", "hamamatsu-streak.img",
    ];

    [RealFileFact]
    public void However_a_spectrum_is_damaged_it_is_read_or_refused_in_words()
    {
        var files = Names.Select(name => (name, bytes: File.ReadAllBytes(RealFiles.Path(name)))).ToList();
        var (read, refused) = (0, 0);
        for (var seed = 0; seed < Cases; seed++)
        {
            var random = new Random(seed);
            var (name, whole) = files[random.Next(files.Count)];
            var bytes = Damage(whole, random);
            var begun = Environment.TickCount64;
            try
            {
                FileSummary.Of(new MemoryStream(bytes), sha256: "").ToJson(name).ToJsonString();
                read++;
            }
            catch (MeasurementFormatException refusal)
            {
                Assert.True(refusal.Message.Length > 20 && refusal.Offset >= 0 && refusal.Offset <= bytes.Length, $"seed {seed} ({name}): {refusal.Message} at {refusal.Offset}");
                refused++;
            }
            catch (Exception error) when (error is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"seed {seed} ({name}): {error}");
            }
            Assert.True(Environment.TickCount64 - begun < 4 * Limit.TotalMilliseconds, $"seed {seed} ({name}) took {Environment.TickCount64 - begun} ms");
        }
        output.WriteLine($"{read} read, {refused} refused");
        // Where nothing is accepted, or nothing refused, the damage tests nothing.
        Assert.InRange(read, Cases / 10, Cases * 9 / 10);
        Assert.InRange(refused, Cases / 20, Cases * 9 / 10);
    }

    /// <summary>Cuts, flips, overwrites with telling numbers and words, doubles or drops a stretch; mostly near the beginning, where headers are.</summary>
    static byte[] Damage(byte[] whole, Random random)
    {
        var bytes = whole.ToList();
        int Place() => random.Next(random.Next(3) > 0 ? Math.Min(bytes.Count, 4200) : bytes.Count);
        byte[][] words = [[0, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0x7F], [0, 0, 0xC0, 0x7F], "-1 "u8.ToArray(), "99999999999"u8.ToArray(), "1e308"u8.ToArray(), "\n"u8.ToArray(), ",,"u8.ToArray(), "<a>"u8.ToArray(), "S99999999"u8.ToArray(), "##TITLE=\n"u8.ToArray()];
        for (var times = 1 + random.Next(4); times > 0 && bytes.Count > 64; times--)
            switch (random.Next(6))
            {
                case 0 when random.Next(3) == 0:
                    var kept = Place();
                    bytes.RemoveRange(kept, bytes.Count - kept);
                    break;
                case 1:
                    bytes[Place()] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes[Place()] = (byte)random.Next(256);
                    break;
                case 3:
                    var word = words[random.Next(words.Length)];
                    var at = Math.Min(Place(), bytes.Count - word.Length);
                    for (var i = 0; i < word.Length; i++) bytes[at + i] = word[i];
                    break;
                case 4:
                    var from = Place();
                    bytes.InsertRange(Place(), bytes.GetRange(from, Math.Min(random.Next(200), bytes.Count - from)));
                    break;
                default:
                    var gone = Place();
                    bytes.RemoveRange(gone, Math.Min(random.Next(100), bytes.Count - gone));
                    break;
            }
        return [.. bytes];
    }
}
