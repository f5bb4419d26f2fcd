using System.Text.Json.Nodes;
using PqdPortal.Analysis.Readers;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>Watches one damaged file being read: its time, its memory, and that every end is a result or a message.</summary>
/// <param name="which">Names the case, so that it can be had again.</param>
/// <param name="length">Of the file [bytes].</param>
/// <param name="spent">Processor time by what it was spent on.</param>
sealed class FuzzWatch(string which, long length, Dictionary<string, TimeSpan> spent)
{
    /// <summary>Beyond the file [bytes].</summary>
    const long Memory = 64 << 20;

    /// <summary>Of processor time: what else the machine does is of no influence.</summary>
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Nothing waits for anything, so only a deadlock takes longer.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public string Which => which;

    public TimeSpan Slowest { get; private set; }

    /// <summary>The most memory beyond the file [bytes].</summary>
    public long Largest { get; private set; }

    /// <summary>On a thread of its own, so that one that hangs fails by name, and with a stack of the usual size.</summary>
    public string OnItsOwnThread(Func<string> work)
    {
        var result = "";
        Exception? wrong = null;
        var thread = new Thread(() =>
        {
            try
            {
                result = work();
            }
            catch (Exception error)
            {
                wrong = error;
            }
        }) { IsBackground = true };
        thread.Start();
        Assert.True(thread.Join(Patience), $"{which} hangs");
        if (wrong is not null) throw wrong is Xunit.Sdk.XunitException ? wrong : new Xunit.Sdk.XunitException($"{which}: {wrong}", wrong);
        return result;
    }

    public T Over<T>(string what, Func<T> work)
    {
        var before = GC.GetTotalAllocatedBytes();
        var begun = Environment.CpuUsage.TotalTime;
        var done = work();
        var (time, memory) = (Environment.CpuUsage.TotalTime - begun, GC.GetTotalAllocatedBytes() - before - length);
        spent[what] = spent.GetValueOrDefault(what) + time;
        // All that was ever allocated is more than what was held at once.
        if (memory > Memory) memory = Held(work) - length;
        Assert.True(time < Limit, $"{which}: {what} took {time.TotalSeconds:0.0} s");
        Assert.True(memory < Memory, $"{which}: {what} took {memory >> 20} MB beyond the file");
        if (time > Slowest) Slowest = time;
        Largest = Math.Max(memory, Largest);
        return done;
    }

    /// <summary>The most that was held at once [bytes].</summary>
    static long Held<T>(Func<T> work)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var most = 0L;
        using var over = new ManualResetEventSlim();
        var looking = new Thread(() =>
        {
            while (!over.Wait(1)) most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
        });
        looking.Start();
        work();
        over.Set();
        looking.Join();
        return most;
    }

    /// <summary>Reads a file as pqd info does.</summary>
    /// <returns>False where it was refused.</returns>
    public static bool Summary(byte[] bytes, string which, ReadingChoices? choices = null)
    {
        try
        {
            var json = FileSummary.Of(new MemoryStream(bytes), choices).ToJson("x.ptu").ToJsonString();
            Sound(json, which);
            Sound(JsonNode.Parse(json), which);
            return true;
        }
        catch (MeasurementFormatException refusal)
        {
            Assert.True(refusal.Offset >= 0 && refusal.Offset <= bytes.Length, $"{which}: offset {refusal.Offset} of {bytes.Length}");
            Assert.False(string.IsNullOrWhiteSpace(refusal.Message), which);
            Sound(refusal.Message, which);
            if (refusal.Header is { } header) Sound(JsonNode.Parse(header.ToJsonString()), which);
            return false;
        }
    }

    /// <summary>Escaped in JSON a NUL is none to the eye, but to the database.</summary>
    static void Sound(JsonNode? json, string which)
    {
        switch (json)
        {
            case JsonObject named:
                foreach (var (name, value) in named)
                {
                    Sound(name, which);
                    Sound(value, which);
                }
                break;
            case JsonArray list:
                foreach (var value in list) Sound(value, which);
                break;
            case JsonValue value when value.TryGetValue<string>(out var text):
                Sound(text, which);
                break;
        }
    }

    /// <summary>Text that a database, a page and a JSON reader take: no NUL, no half characters.</summary>
    public static void Sound(string text, string which)
    {
        Assert.False(text.Contains('\0'), $"{which}: a NUL in \"{text[..Math.Min(text.Length, 300)]}\"");
        for (var i = 0; i < text.Length; i++)
            if (char.IsSurrogate(text[i]))
                Assert.True(char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[++i]), $"{which}: half a character in its text");
    }
}
