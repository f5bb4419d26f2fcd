using Microsoft.EntityFrameworkCore;
using PqdPortal.Analysis.Composition;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Talk;
using PqdPortal.Web.Access;

namespace PqdPortal.Web.Layout.Search;

/// <summary>One search over everything that the viewer may see: codes, names, formulas, notes, file names, comments and people.</summary>
/// <remarks>
/// Each kind of record is asked by itself, inside of its own texts, by the indexes of groups of three letters; shorter words are looked
/// for at the beginning of words. A code that is the text itself comes first.
/// </remarks>
public sealed class SearchQueries(IDbContextFactory<PortalDb> database, CurrentViewer me, Viewers viewers)
{
    /// <summary>Longest text that is looked for, and most words of it.</summary>
    public const int Longest = 200, MostWords = 6;

    /// <summary>Most records of one kind that are looked through for the best ones.</summary>
    const int Enough = 200;

    /// <summary>What was found, by kind; the kinds without a match are left out.</summary>
    /// <param name="each">Most hits of each kind.</param>
    public async Task<SearchAnswer> Find(string? text, int each, CancellationToken stop = default)
    {
        var tidy = Tidy(text ?? "");
        if (tidy.Length == 0) return new(tidy, [], null);
        if (tidy.Length > Longest || !Keepable.IsText(tidy))
            return new("", [], $"A search holds at most {Longest} characters that can be read. Nothing was looked for; shorten it and try again.");
        var words = tidy.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length > MostWords) return new("", [], $"A search holds at most {MostWords} words; there are {words.Length}. Take the rarest ones.");
        var viewer = await me.Get(stop);
        if (viewer.PersonId is null) return new(tidy, [], null);
        // Each pattern has to be found in one of the texts. Two letters alone are in everything: they begin a word.
        string[] patterns = [.. words.Select(word => word.Length < 3 ? Like.Holding(word)[1..] : Like.Holding(word))];
        var code = tidy.ToUpperInvariant();
        var begins = Like.Holding(tidy)[1..];
        await using var db = await database.CreateDbContextAsync(stop);
        List<SearchGroup> groups = [];

        // A formula is found however its ions are ordered.
        var canonical = tidy.Any(char.IsAsciiLetterUpper) ? CompositionParser.Read(tidy).Formula?.Key : null;
        var batches = db.Batches.VisibleTo(viewer);
        foreach (var pattern in patterns)
            batches = batches.Where(b => EF.Functions.ILike(b.Code, pattern, Like.Escape) || EF.Functions.ILike(b.Name, pattern, Like.Escape) || EF.Functions.ILike(b.Formula, pattern, Like.Escape)
                || EF.Functions.ILike(b.MeasuredFormula!, pattern, Like.Escape) || EF.Functions.ILike(b.Notes!, pattern, Like.Escape) || canonical != null && b.Canonical == canonical);
        Add("batches", "Batches", await batches.Take(Enough)
            .OrderBy(b => b.Code == code ? 0 : EF.Functions.ILike(b.Code, begins, Like.Escape) ? 1 : EF.Functions.ILike(b.Name, begins, Like.Escape) ? 2 : 3).ThenByDescending(b => b.CreatedAt).Take(each + 1)
            .Select(b => new SearchHit($"b/{b.Code}", b.Code, b.Name, b.Formula)).ToListAsync(stop),
            await db.Batches.VisibleTo(viewer).Where(b => b.Code == code).Select(b => new SearchHit($"b/{b.Code}", b.Code, b.Name, b.Formula)).FirstOrDefaultAsync(stop));

        var samples = db.Samples.VisibleTo(viewer).Where(s => s.Batch.DeletedAt == null);
        foreach (var pattern in patterns) samples = samples.Where(s => EF.Functions.ILike(s.Code, pattern, Like.Escape) || EF.Functions.ILike(s.Name, pattern, Like.Escape) || EF.Functions.ILike(s.Notes!, pattern, Like.Escape));
        Add("samples", "Samples", await samples.Take(Enough)
            .OrderBy(s => s.Code == code ? 0 : EF.Functions.ILike(s.Code, begins, Like.Escape) ? 1 : EF.Functions.ILike(s.Name, begins, Like.Escape) ? 2 : 3).ThenByDescending(s => s.CreatedAt).Take(each + 1)
            .Select(s => new SearchHit($"s/{s.Code}", s.Code, s.Name, s.Batch.Formula)).ToListAsync(stop),
            await db.Samples.VisibleTo(viewer).Where(s => s.Code == code).Select(s => new SearchHit($"s/{s.Code}", s.Code, s.Name, s.Batch.Formula)).FirstOrDefaultAsync(stop));

        var dots = db.Emitters.VisibleTo(viewer);
        foreach (var pattern in patterns) dots = dots.Where(e => EF.Functions.ILike(e.Code, pattern, Like.Escape) || EF.Functions.ILike(e.Notes!, pattern, Like.Escape));
        Add("dots", "Dots", await dots.Take(Enough)
            .OrderBy(e => e.Code == code ? 0 : EF.Functions.ILike(e.Code, begins, Like.Escape) ? 1 : 2).ThenBy(e => e.Code).Take(each + 1)
            .Select(e => new SearchHit($"d/{e.Code}", e.Code, e.Sample.Name, e.Sample.Batch.Formula)).ToListAsync(stop),
            await db.Emitters.VisibleTo(viewer).Where(e => e.Code == code).Select(e => new SearchHit($"d/{e.Code}", e.Code, e.Sample.Name, e.Sample.Batch.Formula)).FirstOrDefaultAsync(stop));

        var runs = db.Runs.VisibleTo(viewer);
        foreach (var pattern in patterns) runs = runs.Where(r => EF.Functions.ILike(r.Name, pattern, Like.Escape) || EF.Functions.ILike(r.Notes!, pattern, Like.Escape));
        Add("runs", "Runs", await runs.Take(Enough)
            .OrderBy(r => EF.Functions.ILike(r.Name, begins, Like.Escape) ? 0 : 1).ThenByDescending(r => r.MeasuredAt ?? r.CreatedAt).Take(each + 1)
            .Select(r => new SearchHit("r/" + r.Id, r.Name, r.Emitter!.Code ?? r.Sample!.Code, r.Sample!.Batch.Formula)).ToListAsync(stop), null);

        var files = db.Runs.VisibleTo(viewer).SelectMany(run => run.Files);
        foreach (var pattern in patterns) files = files.Where(f => EF.Functions.ILike(f.Name, pattern, Like.Escape));
        Add("files", "Files", await files.Take(Enough)
            .OrderBy(f => EF.Functions.ILike(f.Name, begins, Like.Escape) ? 0 : 1).ThenByDescending(f => f.AddedAt).Take(each + 1)
            .Select(f => new SearchHit("r/" + f.RunId + "?tab=files", f.Name, f.Run.Name, null)).ToListAsync(stop), null);

        var projects = db.Projects.VisibleTo(viewer);
        // There are few projects: a short word may stand anywhere in their names.
        foreach (var pattern in words.Select(Like.Holding)) projects = projects.Where(p => EF.Functions.ILike(p.Code, pattern, Like.Escape) || EF.Functions.ILike(p.Name, pattern, Like.Escape) || EF.Functions.ILike(p.Description!, pattern, Like.Escape));
        Add("projects", "Projects", await projects.OrderBy(p => p.Code == code ? 0 : 1).ThenBy(p => p.Name).Take(each + 1)
            .Select(p => new SearchHit("projects/" + p.Id, p.Name, p.Code, null)).ToListAsync(stop), null);

        var said = db.CommentsSeenBy(viewer);
        foreach (var pattern in patterns) said = said.Where(c => EF.Functions.ILike(c.Text, pattern, Like.Escape));
        var comments = await said.Take(Enough).OrderByDescending(c => c.CreatedAt).Take(each + 1).AsNoTracking().ToListAsync(stop);
        var subjects = await db.SubjectsSeenBy(viewer, comments, stop);
        Add("comments", "Comments", [.. comments.Where(c => subjects.ContainsKey(c.RecordId)).Select(c => new SearchHit($"{subjects[c.RecordId].Address}#comment-{c.Id}", subjects[c.RecordId].Name, Shortened(c.Text), null))], null);

        var people = (await viewers.Colleagues(viewer, stop)).Where(person => words.All(word => person.Name.Contains(word, StringComparison.CurrentCultureIgnoreCase))).OrderBy(person => person.Name).ToList();
        Add("people", "People", [.. people.Take(each + 1).Select(person => new SearchHit("", person.Name, null, null))], null);
        return new(tidy, groups, null);

        void Add(string key, string title, List<SearchHit> hits, SearchHit? exact)
        {
            if (exact is not null) hits = [exact, .. hits.Where(hit => hit.Address != exact.Address)];
            if (hits.Count > 0) groups.Add(new(key, title, [.. hits.Take(each)], hits.Count > each));
        }
    }

    static string Shortened(string text) => text.ReplaceLineEndings(" ") is { Length: > 120 } line ? line[..(char.IsHighSurrogate(line[118]) ? 118 : 119)] + "…" : text.ReplaceLineEndings(" ");

    /// <summary>As it is looked for: subscripts are digits, a real minus is a typed one, spaces are single.</summary>
    public static string Tidy(string text)
    {
        if (text.Length > Longest * 10) text = text[..(Longest * 10)];
        var plain = string.Concat(text.Select(c => c switch { >= '₀' and <= '₉' => (char)('0' + (c - '₀')), '\u2212' => '-', '\0' => ' ', _ => c }));
        return string.Join(' ', plain.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }
}

/// <summary>What a search found.</summary>
/// <param name="Text">What was looked for.</param>
/// <param name="Trouble">Why nothing was looked for, for people.</param>
public sealed record SearchAnswer(string Text, IReadOnlyList<SearchGroup> Groups, string? Trouble);

/// <param name="Key">batches, samples, dots, runs, files, projects or people.</param>
/// <param name="HasMore">Whether there are more than are shown.</param>
public sealed record SearchGroup(string Key, string Title, IReadOnlyList<SearchHit> Hits, bool HasMore);

/// <param name="Address">Where it is; empty for what has no page.</param>
public sealed record SearchHit(string Address, string Title, string? Detail, string? Formula);
