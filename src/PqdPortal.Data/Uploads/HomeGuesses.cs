using System.Globalization;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;

namespace PqdPortal.Data.Uploads;

/// <summary>
/// Says where a file belongs, and why: by the project's patterns, by codes in its name, folder and header, by what people taught, by
/// what came before it.
/// </summary>
/// <remarks>
/// It looks at one project only, the one the file is in; the caller has made sure that the viewer may see that project. Nothing is
/// changed here.
/// </remarks>
public static class HomeGuesses
{
    /// <summary>Files of one series or night lie at most so far apart.</summary>
    static readonly TimeSpan Night = TimeSpan.FromHours(12);

    /// <summary>Suggestions for one file at most.</summary>
    const int MostGuesses = 3;

    /// <summary>The suggestions for files that are all of one project, by the file's key; best first.</summary>
    /// <param name="rules">Patterns to hold them against instead of those that are kept: to try them out.</param>
    public static async Task<IReadOnlyDictionary<Guid, Placement>> GuessHomes(
        this PortalDb db, Guid project, IReadOnlyList<FileToPlace> files, IReadOnlyList<NamePattern>? rules = null, CancellationToken stop = default)
    {
        if (files.Count == 0) return new Dictionary<Guid, Placement>();
        var code = await db.Projects.Where(p => p.Id == project).Select(p => p.Code).FirstOrDefaultAsync(stop) ?? "";
        rules ??= (await db.RulesOf(project, stop)).Patterns;
        var work = new Work(db, project, code, rules);
        await work.Load(files, stop);
        return files.ToDictionary(file => file.Key, work.Place);
    }

    /// <summary>What holds for a project: its own patterns before those of its groups, and what becomes of files whose home is certain.</summary>
    public static async Task<RulesInForce> RulesOf(this PortalDb db, Guid project, CancellationToken stop = default)
    {
        var now = DateTimeOffset.UtcNow;
        var groups = db.Grants.Where(grant => grant.ProjectId == project && grant.GroupId != null && (grant.ExpiresAt == null || grant.ExpiresAt > now)).Select(grant => grant.GroupId);
        var all = await db.NamingRules.AsNoTracking().Where(r => r.ProjectId == project || groups.Contains(r.GroupId)).Include(r => r.Group)
            .OrderBy(r => r.ProjectId == null).ThenBy(r => r.Group!.Name).ToListAsync(stop);
        var own = all.Find(r => r.ProjectId is not null);
        var files = own?.Filing is { } said and not FilingHabit.NotRecorded ? said == FilingHabit.FileCertainOnes
            : all.Exists(r => r.GroupId is not null && r.Filing == FilingHabit.FileCertainOnes);
        return new([.. all.SelectMany(r => NamePattern.ReadAll(r.Patterns, out _))], files, [.. all.Where(r => r.Group is not null).Select(r => r.Group!.Name)]);
    }

    /// <summary>The dot's number in its label: 17 of D017.</summary>
    static int? NumberOf(string label)
    {
        var digits = label.AsSpan().TrimStart("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    sealed record SampleFact(Guid Id, string Code, string Name, string Batch, bool IsThere);
    sealed record DotFact(Guid Id, Guid SampleId, string Code, string Label, bool IsThere);

    /// <summary>What the name said, resolved as far as it goes.</summary>
    sealed record Reading(NameFacts Facts, string How, bool IsPattern);

    sealed class Work(PortalDb db, Guid project, string code, IReadOnlyList<NamePattern> rules)
    {
        readonly Dictionary<Guid, (List<Reading> Readings, string? Note)> _read = [];
        readonly Dictionary<Guid, SampleFact> _samples = [];
        ILookup<string, SampleFact> _byCode = null!, _byName = null!, _byTail = null!;
        ILookup<Guid, DotFact> _dots = null!;
        List<InboxLesson> _lessons = [];
        List<Earlier> _earlier = [];

        sealed record Earlier(Guid Run, string Name, string Shape, DateTimeOffset At, Guid? Instrument, Guid? Owner, Guid Sample, Guid? Dot);

        public async Task Load(IReadOnlyList<FileToPlace> files, CancellationToken stop)
        {
            foreach (var file in files) _read[file.Key] = Read(file);

            // Samples that any name may mean: of the batches it names, of its whole codes, and, where no batch is named, of the project.
            var facts = _read.Values.SelectMany(read => read.Readings).Select(reading => reading.Facts)
                .Concat(files.SelectMany(file => file.HeaderNames).Select(CodeIn).OfType<NameFacts>()).ToList();
            string[] batches = [.. facts.Select(fact => BatchCode(fact.Batch)).OfType<string>().Concat(facts.SelectMany(fact => WholeCodes(fact).Select(BatchOf))).OfType<string>().Distinct()];
            var asksAll = facts.Exists(fact => fact.Batch is null && !WholeCodes(fact).Any()) || files.Any(file => file.HeaderNames.Count > 0);
            string[] tails = [.. facts.Select(fact => SampleTail(fact.Sample)).OfType<string>().Select(tail => "%" + tail).Distinct()];
            string[] names = [.. facts.Select(fact => fact.Sample).OfType<string>().Concat(files.SelectMany(file => file.HeaderNames.Select(NameLetters.Plain))).Distinct()];
            string[] codes = [.. names.Select(name => name.ToUpperInvariant())];
            var shapes = files.SelectMany(ShapesOf).Distinct().ToArray();
            _lessons = await db.InboxLessons.AsNoTracking().Where(l => l.ProjectId == project && shapes.Contains(l.Shape)).ToListAsync(stop);
            var ofLessons = _lessons.Select(lesson => lesson.SampleId).Distinct().ToArray();

            var from = files.Min(file => file.At) - Night;
            var until = files.Max(file => file.At) + Night;
            _earlier = [.. (await db.Runs.AsNoTracking()
                .Where(r => r.ProjectId == project && r.SampleId != null && r.DeletedAt == null && r.Sample!.DeletedAt == null && r.CreatedAt >= from && r.CreatedAt <= until)
                .OrderByDescending(r => r.CreatedAt).Take(400)
                .Select(r => new { r.Id, Name = r.Files.OrderBy(f => f.AddedAt).Select(f => f.Name).FirstOrDefault() ?? r.Name, r.CreatedAt, r.InstrumentId, r.CreatedById, r.SampleId, r.EmitterId })
                .ToListAsync(stop)).Select(r => new Earlier(r.Id, r.Name, NameShape.Of(r.Name), r.CreatedAt, r.InstrumentId, r.CreatedById, r.SampleId!.Value, r.EmitterId))];
            var ofEarlier = _earlier.Select(run => run.Sample).Distinct().ToArray();

            var samples = db.Samples.AsNoTracking().Where(s => s.ProjectId == project);
            var found = await samples.Where(s => batches.Contains(s.Batch.Code) || ofLessons.Contains(s.Id) || ofEarlier.Contains(s.Id) || codes.Contains(s.Code))
                .Select(s => new SampleFact(s.Id, s.Code, s.Name, s.Batch.Code, s.DeletedAt == null && s.Batch.DeletedAt == null)).Take(5000).ToListAsync(stop);
            // A tail is -S and digits and a name is compared whole: no letter of a file's name stands for others here.
            if (asksAll && (tails.Length > 0 || names.Length > 0))
                found.AddRange(await samples.Where(s => tails.Any(tail => EF.Functions.ILike(s.Code, tail)) || names.Contains(s.Name.ToLower()))
                    .Select(s => new SampleFact(s.Id, s.Code, s.Name, s.Batch.Code, s.DeletedAt == null && s.Batch.DeletedAt == null)).Take(5000).ToListAsync(stop));
            foreach (var sample in found.Where(sample => sample.IsThere)) _samples[sample.Id] = sample;
            _byCode = _samples.Values.ToLookup(sample => sample.Code, StringComparer.OrdinalIgnoreCase);
            _byName = _samples.Values.ToLookup(sample => NameLetters.Plain(sample.Name));
            _byTail = _samples.Values.ToLookup(sample => sample.Code[(sample.Code.LastIndexOf("-S", StringComparison.Ordinal) is var at and >= 0 ? at : 0)..], StringComparer.OrdinalIgnoreCase);

            // Of each sample only the dots that a name can mean.
            int[] numbers = [.. facts.Select(fact => DotNumber(fact.Dot)).OfType<int>().Concat(files.SelectMany(file => NameShape.WithDot(file.Name).Select(one => one.Number))).Distinct()];
            string[] labels = [.. numbers.SelectMany(number => (string[])[$"D{number:000}", $"D{number}", $"{number}"]).Distinct()];
            Guid[] inSamples = [.. _samples.Keys];
            Guid[] known = [.. _lessons.Select(lesson => lesson.EmitterId).OfType<Guid>().Concat(_earlier.Select(run => run.Dot).OfType<Guid>()).Distinct()];
            _dots = (await db.Emitters.AsNoTracking().Where(e => inSamples.Contains(e.SampleId) && labels.Contains(e.Label) || known.Contains(e.Id))
                .Select(e => new DotFact(e.Id, e.SampleId, e.Code, e.Label, e.DeletedAt == null)).ToListAsync(stop)).Where(dot => dot.IsThere).ToLookup(dot => dot.SampleId);
        }

        static IEnumerable<string> ShapesOf(FileToPlace file) =>
            [NameShape.Of(file.Name), .. NameShape.WithDot(file.Name).Select(one => one.Shape), .. NameShape.OfFolder(file.Folder) is { } folder ? (string[])[folder] : []];

        /// <summary>What name and folder say, by patterns first, then by whole codes that stand in them.</summary>
        (List<Reading> Readings, string? Note) Read(FileToPlace file)
        {
            List<Reading> readings = [];
            string? note = null;
            foreach (var rule in rules)
                if (rule.Match(file.Name, file.Folder) is { } facts)
                    readings.Add(new(facts, $"the pattern {rule.Text}", true));
            if (CodeIn(file.Name) is { } inName) readings.Add(new(inName, "the name", false));
            if (!readings.Exists(reading => reading.Facts.Sample is not null || reading.Facts.Dot is not null) && NameLetters.Seen(file.Name) is var (seen, letter))
            {
                var like = rules.Select(rule => rule.Match(seen, file.Folder)).OfType<NameFacts>().FirstOrDefault() ?? CodeIn(seen);
                if (like is not null)
                {
                    note = $"“{letter}” (U+{(int)letter:X4}) in the name only looks like the letter or digit of a code";
                    readings.Insert(0, new(like, note, false));
                }
            }
            if (CodeIn(file.Folder?.Split('/').LastOrDefault(part => CodeIn(part) is not null) ?? "") is { } inFolder) readings.Add(new(inFolder, "its folder", false));
            return (readings, note);
        }

        /// <summary>The longest whole code of this project in a text, whatever stands between its parts.</summary>
        NameFacts? CodeIn(string text)
        {
            var plain = NameLetters.Plain(text);
            var prefix = NameLetters.Plain(code);
            if (prefix.Length == 0) return null;
            NameFacts? best = null;
            for (var at = plain.IndexOf(prefix, StringComparison.Ordinal); at >= 0; at = plain.IndexOf(prefix, at + 1, StringComparison.Ordinal))
            {
                if (at > 0 && char.IsLetterOrDigit(plain[at - 1])) continue;
                var next = at + prefix.Length;
                if (Digits(plain, ref next, "-_ ", "") is not { Length: >= 3 } batch) continue;
                var sample = Digits(plain, ref next, "-_ /", "s");
                var dot = sample is null ? null : Digits(plain, ref next, "-_ /", "d", "qd", "dot");
                var facts = new NameFacts($"{code}-{batch}", sample is null ? null : "S" + sample, dot is null ? null : "D" + dot, Kind(plain, next));
                if (best is null || best.Sample is null && sample is not null || best.Dot is null && dot is not null) best = facts;
            }
            return best;
        }

        static string? Kind(string name, int from) =>
            name[from..].Split(['_', '-', ' ', '.'], StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(word => KindWords.Of(word) is not null);

        /// <summary>A separator, a letter and a number; the place moves behind them where they stand here.</summary>
        static string? Digits(string name, ref int at, string separators, params ReadOnlySpan<string> letters)
        {
            var next = at;
            if (next < name.Length && separators.Contains(name[next])) next++;
            else return null;
            foreach (var letter in letters)
                if (string.CompareOrdinal(name, next, letter, 0, letter.Length) == 0)
                {
                    var first = next + letter.Length;
                    var end = first;
                    while (end < name.Length && char.IsAsciiDigit(name[end])) end++;
                    if (end == first || end - first > 6) continue;
                    at = end;
                    return name[first..end];
                }
            return null;
        }

        /// <summary>PQ-0042 of PQ-0042, 0042 or 42.</summary>
        string? BatchCode(string? said)
        {
            if (said is null) return null;
            var hyphen = said.IndexOf('-');
            var number = said[(hyphen + 1)..];
            return number.Length == 0 || !number.All(char.IsAsciiDigit) ? null : $"{(hyphen < 0 ? code : said[..hyphen].ToUpperInvariant())}-{int.Parse(number, CultureInfo.InvariantCulture):0000}";
        }

        static string? BatchOf(string whole) => whole.IndexOf("-S", StringComparison.OrdinalIgnoreCase) is > 0 and var at ? whole[..at].ToUpperInvariant() : null;

        static IEnumerable<string> WholeCodes(NameFacts facts) =>
            ((string?[])[facts.Sample, facts.Dot]).OfType<string>().Where(said => said.Contains("-s", StringComparison.OrdinalIgnoreCase));

        /// <summary>-S2 of S2 or 2.</summary>
        static string? SampleTail(string? said)
        {
            if (said is null) return null;
            var digits = said[0] is 's' or 'S' ? said[1..] : said;
            return digits.Length is > 0 and <= 4 && digits.All(char.IsAsciiDigit) ? $"-S{int.Parse(digits, CultureInfo.InvariantCulture)}" : null;
        }

        static int? DotNumber(string? said)
        {
            if (said is null) return null;
            var digits = said[(said.LastIndexOf('-') + 1)..].TrimStart("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".ToCharArray());
            return digits.Length is > 0 and <= 5 && digits.All(char.IsAsciiDigit) ? int.Parse(digits, CultureInfo.InvariantCulture) : null;
        }

        public Placement Place(FileToPlace file)
        {
            List<HomeGuess> guesses = [];
            string? reason = null;
            var (readings, note) = _read[file.Key];
            foreach (var reading in readings)
                if (ByReading(file, reading, note is not null) is var (guess, why))
                {
                    if (guess is not null) guesses.Add(guess);
                    else reason ??= why;
                }
            foreach (var header in file.HeaderNames)
                if (ByHeader(header) is { } guess) guesses.Add(guess);
            guesses.AddRange(ByLessons(file));
            if (Before(file) is { } before) guesses.Add(before);

            // The same home for several reasons is surer, not twice there.
            var best = guesses.GroupBy(guess => (guess.Sample, guess.Dot, guess.NewDot))
                .Select(same => same.OrderByDescending(guess => guess.Certainty).First() is var first && same.Count() > 1 && first.Certainty < Certainty.Certain
                    ? first with { Why = $"{first.Why}; {string.Join("; ", same.Where(guess => guess != first).Select(guess => Lower(guess.Why)).Distinct().Take(2))}" } : first)
                .OrderByDescending(guess => guess.Certainty).ThenByDescending(guess => guess.Dot is not null).Take(MostGuesses).ToList();
            // Two homes that are both certain are none.
            if (best.Count(guess => guess.Certainty == Certainty.Certain) > 1)
            {
                var first = best[0];
                // A dot and the sample it lies in do not contradict each other.
                if (best.Skip(1).Any(guess => guess.Certainty == Certainty.Certain && !(guess.Sample == first.Sample && guess.Dot is null)))
                    best = [.. best.Select(guess => guess.Certainty == Certainty.Certain ? guess with { Certainty = Certainty.Likely, Why = guess.Why + "; something else in the name means another home" } : guess)];
            }
            return new(best, best.Count > 0 ? null : reason ?? Unfit(file));
        }

        string Unfit(FileToPlace file) =>
            rules.Count == 0
                ? $"No code of {code} stands in the name, and this project has no pattern for its file names yet."
                : $"None of the {(rules.Count == 1 ? "one pattern" : $"{rules.Count} patterns")} of this project fits the name{(file.Folder is null ? "" : " and its folder")}, and no code of {code} stands in it.";

        (HomeGuess? Guess, string? Why) ByReading(FileToPlace file, Reading reading, bool isDoubtful)
        {
            var facts = reading.Facts;
            var kind = KindWords.Of(facts.Kind);
            var whole = WholeCodes(facts).FirstOrDefault();
            var said = new List<string>();
            var batch = BatchCode(facts.Batch) ?? (whole is null ? null : BatchOf(whole));
            if (batch is not null) said.Add(batch);

            // The sample.
            IReadOnlyList<SampleFact> samples;
            if (whole is not null)
            {
                var upTo = whole.IndexOf("-d", StringComparison.OrdinalIgnoreCase);
                samples = [.. _byCode[upTo > 0 ? whole[..upTo] : whole]];
            }
            else if (facts.Sample is { } name)
            {
                samples = [.. SampleTail(name) is { } tail ? _byTail[tail] : _byName[NameLetters.Plain(name)]];
                if (samples.Count == 0) samples = [.. _byName[NameLetters.Plain(name)]];
                if (batch is not null) samples = [.. samples.Where(sample => sample.Batch.Equals(batch, StringComparison.OrdinalIgnoreCase))];
                said.Add(Shown(name));
            }
            else if (batch is not null)
            {
                samples = [.. _samples.Values.Where(sample => sample.Batch.Equals(batch, StringComparison.OrdinalIgnoreCase))];
                if (samples.Count != 1)
                    return (null, $"{batch} stands in {Where(reading)}, but not which of its {(samples.Count == 0 ? "samples (it has none in this project)" : $"{samples.Count} samples")}.");
            }
            else return (null, facts.Dot is null ? null : $"{Shown(facts.Dot)} stands in {Where(reading)}, but not of which sample.");
            if (facts.Dot is { } dotSaid && whole is null) said.Add(Shown(dotSaid));
            else if (whole is not null) said.Add(whole.ToUpperInvariant());

            var certainty = isDoubtful ? Certainty.Likely : Certainty.Certain;
            var helped = "";
            if (samples.Count > 1 && Near(file, samples) is { } near)
            {
                (samples, certainty, helped) = ([near], Certainty.Likely, $"; of several samples called so, {near.Code} is where the files before it went");
            }
            if (samples.Count != 1)
                return (null, samples.Count == 0
                    ? $"{List(said)} {(said.Count == 1 ? "stands" : "stand")} in {Where(reading)}, but there is no such sample{(batch is null ? " in this project" : $" of {batch}")}."
                    : $"{List(said)} {(said.Count == 1 ? "stands" : "stand")} in {Where(reading)}, and {samples.Count} samples are called so: {string.Join(", ", samples.Take(3).Select(sample => sample.Code))}{(samples.Count > 3 ? " ..." : "")}. A pattern that says {{batch}} too, or a folder of that name, would tell them apart.");
            var sampleFact = samples[0];
            var stands = reading.How.StartsWith('“') ? $"{Capital(reading.How)}; read so, {List(said)} {(said.Count == 1 ? "stands" : "stand")} there" : $"{List(said)} {(said.Count == 1 ? "stands" : "stand")} in {Where(reading)}";
            if (facts.Dot is null)
                return (new(sampleFact.Id, null, sampleFact.Code, null, reading.How == "its folder" && certainty == Certainty.Certain ? Certainty.Likely : certainty, $"{stands}{helped}", kind), null);

            // The dot.
            if (DotNumber(facts.Dot) is not { } number) return (null, $"{Shown(facts.Dot)} is no label of a dot.");
            if (_dots[sampleFact.Id].FirstOrDefault(dot => NumberOf(dot.Label) == number) is { } found)
                return (new(sampleFact.Id, found.Id, found.Code, null, reading.How == "its folder" && certainty == Certainty.Certain ? Certainty.Likely : certainty, $"{stands}; {found.Label} exists in {sampleFact.Code}{helped}", kind), null);
            var label = $"D{number:000}";
            if (facts.MakesDot && number > 0)
                return (new(sampleFact.Id, null, $"{sampleFact.Code}-{label}", label, Certainty.Likely, $"{stands}; {sampleFact.Code} has no {label} yet, and the pattern lets it be made{helped}", kind), null);
            return (null, $"{stands}, but {sampleFact.Code} has no dot {label}. Add it to the sample, or write {{dot+}} into the pattern to have it made from the name.");
        }

        HomeGuess? ByHeader(string header)
        {
            if (CodeIn(header) is { Sample: not null } facts
                && ByReading(new(Guid.Empty, header, null, default), new(facts, "the file's header", false), isDoubtful: true) is var (guess, _) && guess is not null) return guess;
            var samples = _byName[NameLetters.Plain(header.Trim())].Take(2).ToList();
            return samples is [var one] ? new(one.Id, null, one.Code, null, Certainty.Likely, $"the file's header calls its sample “{Shown(header)}”, as {one.Code} is called", null) : null;
        }

        IEnumerable<HomeGuess> ByLessons(FileToPlace file)
        {
            foreach (var (shape, number) in NameShape.WithDot(file.Name))
                if (_lessons.Find(lesson => lesson.Kind == LessonKind.Name && lesson.Shape == shape && lesson.EmitterId is null) is { } taught && _samples.TryGetValue(taught.SampleId, out var sample)
                    && _dots[sample.Id].FirstOrDefault(dot => NumberOf(dot.Label) == number) is { } dot)
                    yield return Learnt(taught, sample, dot, $"files named like “{Shown(taught.Example)}” went to the dot of {sample.Code} whose number they carry");
            if (_lessons.Find(lesson => lesson.Kind == LessonKind.Name && lesson.Shape == NameShape.Of(file.Name)) is { } named && Home(named.SampleId, named.EmitterId) is var (where, its))
                yield return Learnt(named, where, its, $"files named like “{Shown(named.Example)}” went to {its?.Code ?? where.Code}");
            if (NameShape.OfFolder(file.Folder) is { } folder && _lessons.Find(lesson => lesson.Kind == LessonKind.Folder && lesson.Shape == folder) is { } foldered
                && Home(foldered.SampleId, null) is var (inSample, _))
                yield return Learnt(foldered, inSample, null, $"files of the folder “{Shown(file.Folder!.Split('/')[^1])}” went to {inSample.Code}") with { Certainty = Certainty.Guess };
        }

        HomeGuess Learnt(InboxLesson lesson, SampleFact sample, DotFact? dot, string why) =>
            new(sample.Id, dot?.Id, dot?.Code ?? sample.Code, null, Certainty.Likely, $"{why}{(lesson.Times > 1 ? $", {lesson.Times} times" : "")}", null) { Lesson = lesson.Id };

        (SampleFact Sample, DotFact? Dot)? Home(Guid sample, Guid? dot)
        {
            if (!_samples.TryGetValue(sample, out var found)) return null;
            if (dot is null) return (found, null);
            return _dots[sample].FirstOrDefault(one => one.Id == dot) is { } its ? (found, its) : null;
        }

        SampleFact? Near(FileToPlace file, IReadOnlyList<SampleFact> among)
        {
            // The folder tells first, then what came before.
            if (file.Folder is { } folder && among.Where(sample => folder.Split('/').Any(part => NameLetters.Plain(part) == NameLetters.Plain(sample.Batch) || NameLetters.Plain(part) == NameLetters.Plain(sample.Code))).Take(2).ToList() is [var inFolder])
                return inFolder;
            var last = _earlier.FirstOrDefault(run => run.At <= file.At && file.At - run.At < Night && run.Owner == file.Owner && among.Any(sample => sample.Id == run.Sample));
            return last is null ? null : among.First(sample => sample.Id == last.Sample);
        }

        HomeGuess? Before(FileToPlace file)
        {
            var shape = NameShape.Of(file.Name);
            var series = _earlier.FirstOrDefault(run => run.Shape == shape && run.At <= file.At && file.At - run.At < Night);
            if (series is not null && Home(series.Sample, series.Dot) is var (sample, dot))
                return new(sample.Id, dot?.Id, dot?.Code ?? sample.Code, null, Certainty.Guess, $"“{Shown(series.Name)}” of the same series went to {dot?.Code ?? sample.Code}", null);
            var night = _earlier.FirstOrDefault(run => run.At <= file.At && file.At - run.At < Night && (file.Instrument is { } at ? run.Instrument == at : run.Owner == file.Owner && file.Owner is not null));
            return night is not null && Home(night.Sample, null) is var (where, _)
                ? new(where.Id, null, where.Code, null, Certainty.Guess, $"the file before it {(file.Instrument is null ? "of the same person" : "from the same set-up")}, “{Shown(night.Name)}”, went to {where.Code}", null) : null;
        }

        static string Where(Reading reading) => reading.IsPattern ? $"the name by {reading.How}" : reading.How.StartsWith('“') ? "the name" : reading.How;
        static string Shown(string text) => text.Length <= 60 ? text : text[..(char.IsHighSurrogate(text[59]) ? 59 : 60)] + " …";
        static string Lower(string text) => text.Length == 0 ? text : char.ToLowerInvariant(text[0]) + text[1..];
        static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
        static string List(IReadOnlyList<string> parts) => parts.Count < 2 ? string.Concat(parts) : $"{string.Join(", ", parts.SkipLast(1))} and {parts[^1]}";
    }
}

/// <summary>A file that looks for its home.</summary>
/// <param name="Key">What the answer is given under, such as its run.</param>
/// <param name="Folder">The folders it lay in, outermost first; null where they are not known.</param>
/// <param name="At">When it came.</param>
public sealed record FileToPlace(Guid Key, string Name, string? Folder, DateTimeOffset At)
{
    /// <summary>What instruments wrote into its header as the sample's name, or where people write it.</summary>
    public IReadOnlyList<string> HeaderNames { get; init; } = [];
    public Guid? Instrument { get; init; }
    public Guid? Owner { get; init; }
}

/// <summary>How sure a suggestion is.</summary>
public enum Certainty { Guess, Likely, Certain }

/// <summary>A home that a file may have.</summary>
/// <param name="Code">Of the dot or sample; of a dot that would be made, the one it would get.</param>
/// <param name="NewDot">Label of a dot that is not there yet and would be made; null where all is there.</param>
/// <param name="Why">For people.</param>
/// <param name="Kind">The kind of measurement that the name tells.</param>
public sealed record HomeGuess(Guid Sample, Guid? Dot, string Code, string? NewDot, Certainty Certainty, string Why, RunKind? Kind)
{
    /// <summary>The lesson it rests on.</summary>
    public Guid? Lesson { get; init; }
}

/// <summary>What is suggested for a file.</summary>
/// <param name="Guesses">Best first; none where it has to wait for a person.</param>
/// <param name="Reason">Why there is no suggestion, for people.</param>
public sealed record Placement(IReadOnlyList<HomeGuess> Guesses, string? Reason)
{
    public HomeGuess? Best => Guesses.Count > 0 ? Guesses[0] : null;
}

/// <summary>The naming rules that hold in a project.</summary>
/// <param name="Groups">Groups whose rules count in it.</param>
public sealed record RulesInForce(IReadOnlyList<NamePattern> Patterns, bool FilesCertainOnes, IReadOnlyList<string> Groups);
