using System.Security.Cryptography;
using System.Text;
using PqdPortal.Cli.Watch;

namespace PqdPortal.Analysis.Tests.Cli;

/// <summary>What pqd watch remembers of a folder, over months of files that are touched, grow, are renamed and come back.</summary>
public sealed class WatchLedgerTests : IDisposable
{
    const int Files = 40;

    readonly string _folder = Directory.CreateTempSubdirectory("ledger").FullName;
    string Journal => Path.Combine(_folder, "one.journal");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    static string Hash(string content) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));
    static Guid Run(string content) => new(SHA256.HashData(Encoding.UTF8.GetBytes(content)).AsSpan(0, 16));
    static string Name(int i) => $"/data/night {i} 😀 \"quoted\".ptu";

    int Lines
    {
        get
        {
            using var reader = new StreamReader(new FileStream(Journal, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            return reader.ReadToEnd().Count(letter => letter == '\n');
        }
    }

    /// <summary>Every file is sent, and half of them once more after they have grown; each joins the run of before.</summary>
    static void Send(WatchLedger ledger)
    {
        for (var i = 0; i < Files; i++) ledger.Done(Name(i), 100 + i, i, Hash($"short {i}"), Run($"{i}"));
        for (var i = 0; i < Files; i += 2) ledger.Done(Name(i), 200 + i, 1000 + i, Hash($"long {i}"), Run($"{i}"));
        // Renamed: the content that was sent, under another name and by mistake of somebody's with another run.
        ledger.Done("/data/renamed.ptu", 101, 1, Hash("short 1"), Run("another"));
    }

    static void Touch(WatchLedger ledger, int times)
    {
        for (var at = 0; at < times; at++) ledger.Skip(Name(at % Files), 300 + at % Files, 5000 + at);
    }

    /// <summary>Asserts that all that was sent and seen is known.</summary>
    static void KnowsAll(WatchLedger ledger, int touched)
    {
        for (var i = 0; i < Files; i++)
        {
            var last = touched - 1 - (touched - 1 - i) % Files;
            Assert.True(ledger.IsDone(Name(i), 300 + i, 5000 + last), Name(i));
            Assert.Equal(Run($"{i}"), ledger.RunOf(Hash($"short {i}")));
            Assert.Equal(i % 2 == 0 ? Run($"{i}") : null, ledger.RunOf(Hash($"long {i}")));
            Assert.Equal((Run($"{i}"), 300L + i, Hash(i % 2 == 0 ? $"long {i}" : $"short {i}")[..32]), ledger.Before(Name(i)));
        }
        Assert.True(ledger.IsDone("/data/renamed.ptu", 101, 1));
        Assert.Equal(Files + Files / 2, ledger.Sent);
        Assert.Null(ledger.RunOf(Hash("never sent")));
    }

    [Fact]
    public void A_ledger_that_has_grown_is_made_short_and_forgets_nothing()
    {
        const int touched = 5 * WatchLedger.LeastLines;
        using (var ledger = new WatchLedger(Journal))
        {
            Send(ledger);
            Touch(ledger, touched);

            Assert.InRange(Lines, Files, WatchLedger.LeastLines);
            KnowsAll(ledger, touched);
            // Nobody else gets hold of it meanwhile.
            Assert.Throws<IOException>(() => new WatchLedger(Journal));
        }
        using (var again = new WatchLedger(Journal)) KnowsAll(again, touched);
        Assert.False(File.Exists(Journal + ".part"));
    }

    [Fact]
    public void A_long_ledger_of_before_is_made_short_at_the_start_and_one_whose_lines_all_count_is_left()
    {
        using (var ledger = new WatchLedger(Journal))
            for (var i = 0; i < 3 * WatchLedger.LeastLines; i++) ledger.Skip($"/data/{i}", 1, i);
        Assert.Equal(3 * WatchLedger.LeastLines, Lines);

        var lines = File.ReadAllLines(Journal);
        File.WriteAllLines(Journal, [.. lines, .. lines, .. lines, .. lines, .. lines]);
        using (var ledger = new WatchLedger(Journal))
        {
            Assert.Equal(3 * WatchLedger.LeastLines, Lines);
            for (var i = 0; i < 3 * WatchLedger.LeastLines; i++) Assert.True(ledger.IsDone($"/data/{i}", 1, i));
        }
    }

    [Fact]
    public void Killed_while_it_is_made_short_the_old_ledger_stands_and_the_next_start_goes_on()
    {
        const int touched = WatchLedger.LeastLines - 200;
        using (var ledger = new WatchLedger(Journal))
        {
            Send(ledger);
            Touch(ledger, touched);
        }
        // As a kill leaves it: the new journal half written, the old one with a torn line.
        var whole = File.ReadAllBytes(Journal);
        File.WriteAllBytes(Journal + ".part", whole[..777]);
        File.AppendAllText(Journal, "{\"At\":\"2026-03-14T15:09:26\",\"Path\":\"/data/torn");

        using (var again = new WatchLedger(Journal))
        {
            KnowsAll(again, touched);
            Touch(again, 3 * WatchLedger.LeastLines);
            KnowsAll(again, 3 * WatchLedger.LeastLines);
        }
        Assert.InRange(Lines, Files, WatchLedger.LeastLines);
        Assert.False(File.Exists(Journal + ".part"));
    }

    [Fact]
    public void Where_no_shorter_ledger_can_be_written_the_long_one_goes_on()
    {
        const int touched = 5 * WatchLedger.LeastLines;
        // As a full disk or a folder without the right to write.
        Directory.CreateDirectory(Journal + ".part");
        using (var ledger = new WatchLedger(Journal))
        {
            Send(ledger);
            Touch(ledger, touched);
            KnowsAll(ledger, touched);
        }
        Assert.InRange(Lines, touched, 2 * touched);
        using (var again = new WatchLedger(Journal)) KnowsAll(again, touched);

        Directory.Delete(Journal + ".part");
        using (var last = new WatchLedger(Journal)) KnowsAll(last, touched);
        Assert.InRange(Lines, Files, WatchLedger.LeastLines);
    }
}
