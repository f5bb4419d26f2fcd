using Microsoft.EntityFrameworkCore;
using PqdPortal.Analysis.Composition;
using PqdPortal.Data;
using PqdPortal.Data.Access;
using PqdPortal.Data.Edits;
using PqdPortal.Data.Groups;
using PqdPortal.Data.Runs;
using PqdPortal.Data.Samples;
using PqdPortal.Web.Layout;

namespace PqdPortal.Web.Features.Imports;

/// <summary>
/// A table becomes records: looked at row by row in stretches, so that the memory it takes does not grow with the table, and imported in
/// one transaction, all of it or nothing. The look and the import are the same walk; only the last one writes.
/// </summary>
public sealed class TableImport(IDbContextFactory<PortalDb> database, Viewer viewer, TimeProvider clock)
{
    /// <summary>Rows that are looked up and written together.</summary>
    const int Stretch = 500;

    /// <param name="isReal">False for a look: nothing is written.</param>
    /// <param name="progress">Rows walked so far.</param>
    public async Task<ImportOutcome> Walk(Stream bytes, ImportOptions options, bool isReal, IProgress<int>? progress = null, CancellationToken stop = default)
    {
        var outcome = new ImportOutcome();
        await using var db = await database.CreateDbContextAsync(stop);
        (db.Actor, db.MakesMany) = (viewer.PersonId, true);
        outcome.Targets = ImportColumns.Targets(options.Kind, await db.Templates.VisibleTo(viewer).ExtraColumns(options.Kind, stop));

        var (found, question) = options.Encoding is { } told ? (told, null) : TableText.Find(bytes);
        outcome.Encoding = found;
        if (found is not { } encoding)
        {
            outcome.Refusals.Add(question!);
            return outcome;
        }
        using (var head = TableText.Open(bytes, encoding)) outcome.Separator = options.Separator ?? TableRows.Separator(head);

        using var text = TableText.Open(bytes, encoding);
        using var rows = TableRows.Read(text, outcome.Separator).GetEnumerator();
        if (!rows.MoveNext())
        {
            outcome.Refusals.Add("The table is empty. Its first row names the columns, such as name, formula and edge_length [nm]; each further row is one record.");
            return outcome;
        }
        if (rows.Current.Trouble is { } headless)
        {
            outcome.Refusals.Add($"Line {rows.Current.Line}: {headless}");
            return outcome;
        }
        outcome.Columns = ImportColumns.Match(rows.Current.Cells, outcome.Targets, options.Map);
        outcome.Refusals.AddRange(outcome.Columns.Select(column => column.Trouble).OfType<string>());
        KindWalk walk = options.Kind switch
        {
            RecordKind.Batch => new BatchWalk(db, viewer, clock, options, outcome),
            RecordKind.Sample => new SampleWalk(db, viewer, clock, options, outcome),
            RecordKind.Dot => new DotWalk(db, viewer, clock, options, outcome),
            _ => new RunWalk(db, viewer, clock, options, outcome),
        };
        outcome.Refusals.AddRange(walk.Missing());
        if (outcome.Refusals.Count > 0) return outcome;

        await using var work = isReal ? await db.Database.BeginTransactionAsync(stop) : null;
        // Two imports at once follow one another: the second finds what the first has made, and makes nothing double.
        if (isReal) await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock(hashtextextended('import of tables', 0))", stop);
        var width = outcome.Columns.Count;
        var stretch = new List<ImportRow>(Stretch);
        while (true)
        {
            var isEnd = !rows.MoveNext();
            if (!isEnd)
            {
                if (++outcome.Rows > ImportOutcome.MostRows)
                {
                    outcome.Refusals.Add($"The table has more than {Numbers.Count(ImportOutcome.MostRows)} rows. Cut it into several.");
                    return outcome;
                }
                var row = rows.Current;
                if (row.Trouble is not null) Wrong(outcome, row.Line, row.Trouble);
                else if (row.Cells.Count > width && row.Cells.Skip(width).Any(cell => cell.Length > 0))
                    Wrong(outcome, row.Line, $"This row has {row.Cells.Count} cells, and the first row names {width} columns. Perhaps a separator stands inside a cell without quotation marks.");
                // Before anything is looked up by it: no question to the database can hold such a character either.
                else if (row.Cells.FirstOrDefault(cell => !Keepable.IsText(cell)) is { } unkeepable)
                {
                    outcome.Counts[RowVerdict.Wrong]++;
                    outcome.Refuse(row.Line, outcome.Columns.FirstOrDefault(column => column.Index < row.Cells.Count && ReferenceEquals(row.Cells[column.Index], unkeepable))?.Heading, "This cell holds a character that cannot be kept.");
                }
                else stretch.Add(new(row.Line, row.Cells, outcome.Columns));
            }
            if (stretch.Count < Stretch && !isEnd) continue;
            try
            {
                await walk.Take(stretch, isReal, stop);
            }
            catch (DbUpdateException clash) when (isReal)
            {
                outcome.Refusals.Add(clash is DbUpdateConcurrencyException
                    ? "Somebody saved one of these records at the same moment. Nothing was imported; look at the table again, then import it."
                    : "Somebody made records with the same numbers at the same moment. Nothing was imported; import it again.");
                return outcome;
            }
            progress?.Report(outcome.Rows);
            stretch.Clear();
            // What is wrong stands against all of it: there is no need to write what will not stay.
            if (isReal && (outcome.ProblemCount > 0 || outcome.Refusals.Count > 0)) return outcome;
            if (isEnd) break;
        }
        if (outcome.Rows == 0) outcome.Refusals.Add("The table has a first row with the names of the columns, and no record below it.");
        if (work is null || !outcome.CanImport) return outcome;
        await work.CommitAsync(stop);
        outcome.IsDone = true;
        return outcome;
    }

    static void Wrong(ImportOutcome outcome, int line, string sentence)
    {
        outcome.Counts[RowVerdict.Wrong]++;
        outcome.Refuse(line, null, sentence);
    }
}

/// <summary>One row with its cells by what they hold.</summary>
public sealed class ImportRow(int line, IReadOnlyList<string> cells, IReadOnlyList<ImportColumn> columns)
{
    public int Line => line;

    /// <summary>The cells that are taken and hold something.</summary>
    public IEnumerable<(ImportColumn Column, string Cell)> Filled => columns.Where(column => column.Target is not null && column.Index < cells.Count && cells[column.Index].Length > 0).Select(column => (column, cells[column.Index]));

    /// <summary>The cell of a key, as a short text; null where it is empty.</summary>
    public string? this[string key] => columns.FirstOrDefault(column => column.Target?.Key == key) is { } column && column.Index < cells.Count && TableRows.Meant(cells[column.Index]).Trim() is { Length: > 0 } text ? text : null;
}

/// <summary>How the rows of one kind of record are taken.</summary>
abstract class KindWalk
{
    /// <summary>Columns without which no row could be taken.</summary>
    public abstract IEnumerable<string> Missing();
    public abstract Task Take(IReadOnlyList<ImportRow> rows, bool isReal, CancellationToken stop);
}

/// <summary>What became of one row.</summary>
/// <param name="Made">A record that is to be made.</param>
/// <param name="Of">The record that is there and gets parents.</param>
/// <param name="From">What it was made from, beyond what is recorded.</param>
sealed record Taken<T>(RowVerdict Verdict, string Title = "", T? Made = null, IReadOnlyList<string>? Changes = null, string? Address = null, T? Of = null, IReadOnlyList<MadeFrom>? From = null) where T : class;

/// <summary>One record that another was made from.</summary>
sealed record MadeFrom(Guid Id, Guid ProjectId, string Code, Descent How)
{
    public override string ToString() => How == Descent.NotRecorded ? Code : $"{Code} ({Words.Of(How)})";
}

abstract class KindWalk<T>(PortalDb db, Viewer viewer, TimeProvider clock, ImportOptions options, ImportOutcome outcome) : KindWalk where T : ProjectRecord, IHasExtra
{
    static readonly Taken<T> Wrong = new(RowVerdict.Wrong);

    /// <summary>What rows were about, to the line where they stood first.</summary>
    readonly Dictionary<string, int> _seen = [];
    readonly Dictionary<Guid, IReadOnlyList<AskedField>> _asked = [];
    Dictionary<string, MadeFrom> _parents = [];

    protected PortalDb Db => db;
    protected Viewer Viewer => viewer;
    protected ImportOptions Options => options;
    protected bool IsReal { get; private set; }

    /// <summary>Looks up all that the rows name.</summary>
    protected abstract Task LookUp(IReadOnlyList<ImportRow> rows, CancellationToken stop);
    protected abstract Task<Taken<T>> One(ImportRow row, CancellationToken stop);

    /// <summary>Gives what is to be made its codes.</summary>
    protected abstract Task Number(IReadOnlyList<T> made, CancellationToken stop);
    protected abstract EditChecks Rules(T record);
    protected abstract string TitleOf(T record);
    protected abstract string AddressOf(T record);
    protected virtual Guid? TemplateOf(T record) => null;

    /// <summary>What a record that is there was made from.</summary>
    protected virtual IEnumerable<MadeFrom> From(T record) => [];

    /// <summary>Who of these codes can be a parent: none of a kind that has none.</summary>
    protected virtual Task<Dictionary<string, MadeFrom>> Parents(IReadOnlyList<string> codes, CancellationToken stop) => Task.FromResult<Dictionary<string, MadeFrom>>([]);

    /// <summary>Why the parent cannot be one of this record; null where it can.</summary>
    protected virtual Task<string?> ParentTrouble(T record, Guid parent, CancellationToken stop) => Task.FromResult<string?>(null);
    protected virtual Task AddParent(T record, MadeFrom parent, CancellationToken stop) => Task.CompletedTask;

    public override async Task Take(IReadOnlyList<ImportRow> rows, bool isReal, CancellationToken stop)
    {
        IsReal = isReal;
        await LookUp(rows, stop);
        _parents = await Parents([.. rows.Select(row => row["made_from"]).OfType<string>().SelectMany(Ancestors).Select(one => one.Code).Distinct()], stop);
        var taken = new List<(ImportRow Row, Taken<T> What)>();
        foreach (var row in rows) taken.Add((row, await One(row, stop)));

        var made = taken.Select(one => one.What.Made).OfType<T>().ToList();
        if (isReal && outcome.ProblemCount == 0)
        {
            await Number(made, stop);
            foreach (var record in made) (record.CreatedById, record.CreatedAt) = (viewer.PersonId, clock.GetUtcNow());
            db.Set<T>().AddRange(made);
            await db.SaveChangesAsync(stop);
            // A later row finds them in the database already: it is still about the same as this one.
            foreach (var (row, what) in taken.Where(one => one.What.Made is not null)) _seen[what.Made!.Id.ToString()] = row.Line;
            await AddParents([.. taken.Where(one => one.What.From?.Count > 0)], stop);
        }
        db.ChangeTracker.Clear();

        foreach (var (row, what) in taken)
        {
            outcome.Counts[what.Verdict]++;
            if (what.Verdict == RowVerdict.Wrong) continue;
            var look = new RowLook(row.Line, what.Verdict, what.Made is { } record && isReal ? TitleOf(record) : what.Title, what.Made is { } of && isReal ? AddressOf(of) : what.Address, what.Changes ?? []);
            if (outcome.Looks.Count < ImportOutcome.MostLooks) outcome.Looks.Add(look);
            if (isReal && look.Verdict is RowVerdict.New or RowVerdict.Changed && outcome.Made.Count < ImportOutcome.MostMade) outcome.Made.Add(look);
        }
    }

    async Task AddParents(IReadOnlyList<(ImportRow Row, Taken<T> What)> children, CancellationToken stop)
    {
        if (children.Count == 0) return;
        foreach (var (row, what) in children)
            try
            {
                foreach (var parent in what.From!) await AddParent((what.Made ?? what.Of)!, parent, stop);
                await db.SaveChangesAsync(stop);
            }
            catch (RefusedEditException refused)
            {
                // Two rows that would each be made from the other: seen only once the first of them stands.
                Refuse(row, "made_from", refused.Message);
                return;
            }
    }

    /// <summary>Codes with how it was done: PQ-0001 (washed); PQ-0002.</summary>
    static IEnumerable<(string Code, string How)> Ancestors(string cell) =>
        from part in cell.Split([';', ',', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        let open = part.IndexOf('(')
        select open > 0 && part.EndsWith(')') ? (part[..open].TrimEnd().ToUpperInvariant(), part[(open + 1)..^1].Trim()) : (part.ToUpperInvariant(), "");

    /// <summary>What a row says its record was made from, beyond what is recorded; null where that cannot be.</summary>
    async Task<IReadOnlyList<MadeFrom>?> NewParents(ImportRow row, T record, bool isThere, CancellationToken stop)
    {
        var added = new List<MadeFrom>();
        if (row["made_from"] is not { } cell) return added;
        var known = isThere ? From(record).ToDictionary(parent => parent.Id) : [];
        var isGood = true;
        foreach (var (code, word) in Ancestors(cell))
        {
            Descent? how = word.Length == 0 ? Descent.NotRecorded : Enum.GetValues<Descent>().Where(one => Words.Of(one) == word.ToLowerInvariant() || Words.Key(one) == word.ToLowerInvariant()).Cast<Descent?>().FirstOrDefault();
            var trouble = !_parents.TryGetValue(code, out var parent) ? NotThere(options.Kind.ToString().ToLowerInvariant(), code)
                : parent.ProjectId != record.ProjectId ? $"{code} is of another project; what something was made from lies in its own."
                : how is null ? $"\"{Short(word)}\" is none of {string.Join(", ", Enum.GetValues<Descent>().Where(one => one != Descent.NotRecorded).Select(one => Words.Of(one)))}."
                : isThere ? await ParentTrouble(record, parent.Id, stop) : null;
            if (trouble is not null)
            {
                Refuse(row, "made_from", trouble);
                isGood = false;
            }
            // An import takes nothing away: how it was done stays where the table does not say it.
            else if (!added.Exists(one => one.Id == parent!.Id) && !(known.TryGetValue(parent!.Id, out var before) && (how == Descent.NotRecorded || how == before.How)))
                added.Add(parent with { How = how!.Value });
        }
        return isGood ? added : null;
    }

    protected bool Has(string key) => outcome.Columns.Any(column => column.Target?.Key == key);
    protected IQueryable<T> Seen(IQueryable<T> records) => IsReal ? records : records.AsNoTracking();

    /// <summary>True where no row before was about the same.</summary>
    bool IsFirst(ImportRow row, string about)
    {
        if (_seen.TryAdd(about, row.Line)) return true;
        outcome.Refuse(row.Line, null, $"This row is about the same record as line {_seen[about]}. Keep one of them.");
        return false;
    }

    protected Taken<T> Refuse(ImportRow row, string? column, string sentence)
    {
        outcome.Refuse(row.Line, column is null ? null : outcome.Columns.FirstOrDefault(one => one.Target?.Key == column)?.Heading ?? column, sentence);
        return Wrong;
    }

    protected static string Short(string text) => text.Length > 60 ? text[..60] + " …" : text;

    async Task<IReadOnlyList<AskedField>> AskedIn(Guid project, CancellationToken stop)
    {
        if (_asked.TryGetValue(project, out var known)) return known;
        return _asked[project] = await db.Templates.VisibleTo(viewer).AskedIn(project, options.Kind, stop);
    }

    /// <summary>Lays the cells of a row over a record; false where one cannot be kept.</summary>
    protected async Task<bool> Fill(ImportRow row, T record, CancellationToken stop)
    {
        var isGood = true;
        foreach (var (column, cell) in row.Filled)
        {
            string? trouble = null;
            if (column.Target!.Field is { } field)
            {
                (var value, trouble) = ImportCells.Read(column, cell, options.Decimal);
                if (trouble is null) field.Field.Set(record, value);
            }
            else if (column.Target.Extra is { } extra)
            {
                var template = TemplateOf(record);
                var by = (await AskedIn(record.ProjectId, stop)).OrderByDescending(one => one.By.Id == template).FirstOrDefault(one => one.Field.Key == extra.Key);
                if (by is null) trouble = $"No template of this project asks for \"{extra.Key}\" of a {options.Kind.ToString().ToLowerInvariant()}. Add the field to one of its templates first, or leave the column out.";
                else
                {
                    (var value, trouble) = ImportCells.Read(column, by, cell, options.Decimal);
                    // Recorded already, perhaps for another template: the same value is no change.
                    if (trouble is null && !(record.Extra[extra.Key] is { } before && before.Type == value?.Type && before.Unit == value.Unit && before.Plain == value.Plain))
                        record.Extra = record.Extra.With(extra.Key, value);
                }
            }
            if (trouble is null) continue;
            isGood = false;
            outcome.Refuse(row.Line, column.Heading, trouble);
        }
        return isGood;
    }

    /// <summary>Holds a filled record against the rules; false where it breaks one.</summary>
    async Task<bool> Obeys(ImportRow row, T record, ExtraValues? stored, CancellationToken stop)
    {
        var template = TemplateOf(record);
        var asked = (await AskedIn(record.ProjectId, stop)).Where(one => record.Extra[one.Field.Key] is not null || one.By.Id == template)
            .OrderByDescending(one => one.By.Id == template).DistinctBy(one => one.Field.Key).ToList();
        var checks = Rules(record).Extra(record, asked, stored);
        foreach (var (field, sentence) in checks.Wrong)
            outcome.Refuse(row.Line, outcome.Columns.FirstOrDefault(column => column.Target?.Field?.Name == field || column.Target?.Extra is { } extra && RecordFields.Extra + extra.Key == field)?.Heading, sentence);
        foreach (var (field, sentence) in Odd(record))
            outcome.Warn(row.Line, outcome.Columns.FirstOrDefault(column => column.Target?.Field?.Name == field)?.Heading, sentence);
        return checks.Wrong.Count == 0;
    }

    /// <summary>What breaks no rule and is hardly meant so, by the name of its field.</summary>
    protected virtual IEnumerable<(string Field, string Sentence)> Odd(T record) => [];

    /// <summary>A row about a record that is there: the same, to be changed, or passed over.</summary>
    protected async Task<Taken<T>> Known(ImportRow row, T stored, CancellationToken stop)
    {
        if (!IsFirst(row, stored.Id.ToString())) return Wrong;
        var edited = RecordFields.Copy(stored);
        var isGood = await Fill(row, edited, stop);
        if (await NewParents(row, stored, isThere: true, stop) is not { } from || !isGood) return Wrong;
        RecordFields.Tidy(edited);
        IReadOnlyList<string> differences =
        [
            .. from field in RecordFields.OfThese<T>(stored, edited)
               where !field.Same(stored, edited)
               select $"{Words.Field(field.Name)}: {Shown(field.Get(stored))} → {Shown(field.Get(edited))}",
            .. from.Select(parent => $"made from: {parent}"),
        ];
        var (title, address) = (TitleOf(stored), AddressOf(stored));
        if (differences.Count == 0) return new(RowVerdict.Same, title, Address: address);
        if (!options.Update) return new(RowVerdict.AlreadyThere, title, Changes: differences, Address: address);
        if (!viewer.MayEdit(stored.ProjectId)) return Refuse(row, null, $"You may see {title} but not change it; that needs the role edit in its project.");
        if (!await Obeys(row, edited, stored.Extra, stop)) return Wrong;
        if (IsReal) RecordFields.CopyOnto(edited, stored);
        return new(RowVerdict.Changed, title, Changes: differences, Address: address, Of: stored, From: from);

        static string Shown(object? value) => Words.Value(value) is not { } text ? "not recorded" : text.Length > 80 ? text[..80] + " …" : text;
    }

    /// <summary>A row about a record that is to be made.</summary>
    /// <param name="about">What tells it from others.</param>
    protected async Task<Taken<T>> New(ImportRow row, T record, string about, CancellationToken stop)
    {
        if (!IsFirst(row, about)) return Wrong;
        RecordFields.Tidy(record);
        var from = await NewParents(row, record, isThere: false, stop);
        return await Obeys(row, record, null, stop) && from is not null ? new(RowVerdict.New, TitleOf(record), record, From: from) : Wrong;
    }

    protected static string NotThere(string kind, string code) => $"There is no {kind} \"{Short(code)}\" for you. It may have been removed, or it belongs to a project you have no part in.";
    protected static string NotYours(string kind, string code) => $"You may see the {kind} {code} but add nothing to it; that needs the role edit in its project.";
}

sealed class BatchWalk(PortalDb db, Viewer viewer, TimeProvider clock, ImportOptions options, ImportOutcome outcome) : KindWalk<Batch>(db, viewer, clock, options, outcome)
{
    readonly Dictionary<string, Project?> _projects = [];
    readonly Dictionary<(Guid, string), Guid?> _templates = [];
    Dictionary<string, Batch> _byCode = [];
    ILookup<(Guid, string), Batch> _byName = Array.Empty<Batch>().ToLookup(b => (b.ProjectId, b.Name));

    public override IEnumerable<string> Missing()
    {
        if (!Has("code") && !Has("name")) yield return "No column holds the name of the batch. Map one to Name, or to Code for batches that are there.";
        if (!Has("code") && !Has("formula")) yield return "No column holds the nominal formula. Map one to Nominal formula.";
        if (!Has("code") && !Has("project") && Options.Project is null) yield return "Say which project the batches belong to, or map a column to Project.";
    }

    protected override async Task LookUp(IReadOnlyList<ImportRow> rows, CancellationToken stop)
    {
        foreach (var code in rows.Select(row => row["project"] ?? Options.Project).OfType<string>().Distinct().Where(code => !_projects.ContainsKey(code)).ToList())
            _projects[code] = await Db.Projects.VisibleTo(Viewer).AsNoTracking().FirstOrDefaultAsync(p => p.Code == code, stop);
        var codes = rows.Select(row => row["code"]).OfType<string>().Distinct().ToList();
        var names = rows.Where(row => row["code"] is null).Select(row => row["name"]).OfType<string>().Distinct().ToList();
        var owners = _projects.Values.OfType<Project>().Select(p => p.Id).ToList();
        var known = await Seen(Db.Batches.VisibleTo(Viewer).Include(b => b.Parents).ThenInclude(p => p.Parent)).Where(b => codes.Contains(b.Code) || owners.Contains(b.ProjectId) && names.Contains(b.Name)).ToListAsync(stop);
        _byCode = known.ToDictionary(b => b.Code);
        _byName = known.ToLookup(b => (b.ProjectId, b.Name));
    }

    protected override async Task<Taken<Batch>> One(ImportRow row, CancellationToken stop)
    {
        if (row["code"] is { } code)
            return _byCode.TryGetValue(code, out var stored) ? await Known(row, stored, stop)
                : Refuse(row, "code", $"{NotThere("batch", code)} Leave the code empty for a new batch: the portal gives it.");

        if ((row["project"] ?? Options.Project) is not { } of) return Refuse(row, "project", "This batch has no project. Write its code, such as PQ.");
        if (_projects[of] is not { } project) return Refuse(row, "project", NotThere("project", of));
        if (!Viewer.MayEdit(project.Id)) return Refuse(row, "project", NotYours("project", of));
        var batch = new Batch { ProjectId = project.Id, Code = "", Name = "", Formula = "" };
        if (row["template"] is { } named)
        {
            if (await Template(project.Id, named, stop) is not { } template) return Refuse(row, "template", $"The project {of} has no template \"{Short(named)}\".");
            batch.TemplateId = template;
        }
        if (!await Fill(row, batch, stop)) return new(RowVerdict.Wrong);
        RecordFields.Tidy(batch);
        return _byName[(project.Id, batch.Name)].FirstOrDefault(b => b.Formula == batch.Formula && b.SynthesisedOn == batch.SynthesisedOn) is { } same
            ? await Known(row, same, stop)
            : await New(row, batch, $"{project.Id} {batch.Name}\n{batch.Formula}\n{batch.SynthesisedOn:yyyy-MM-dd}", stop);
    }

    async Task<Guid?> Template(Guid project, string name, CancellationToken stop)
    {
        if (_templates.TryGetValue((project, name), out var known)) return known;
        var isId = Guid.TryParse(name, out var id);
        return _templates[(project, name)] = await Db.Templates.VisibleTo(Viewer)
            .Where(t => t.ProjectId == project && t.Begins == RecordKind.Batch && (t.Name == name || t.BuiltIn == name || isId && t.Id == id)).OrderBy(t => t.CreatedAt).Select(t => (Guid?)t.Id).FirstOrDefaultAsync(stop);
    }

    protected override async Task Number(IReadOnlyList<Batch> made, CancellationToken stop)
    {
        foreach (var of in made.GroupBy(batch => batch.ProjectId))
        {
            // The update locks the project's row until commit: whoever begins a batch there at this moment gets the next number after these.
            await Db.Projects.EditableBy(Viewer).Where(p => p.Id == of.Key).ExecuteUpdateAsync(set => set.SetProperty(p => p.NextBatch, p => p.NextBatch + of.Count()), stop);
            var owner = await Db.Projects.EditableBy(Viewer).Where(p => p.Id == of.Key).Select(p => new { p.Code, p.NextBatch }).SingleAsync(stop);
            var number = owner.NextBatch - of.Count();
            foreach (var batch in of) batch.Code = $"{owner.Code}-{number++:0000}";
        }
    }

    protected override EditChecks Rules(Batch record) => new EditChecks().Rules(record);

    protected override IEnumerable<(string Field, string Sentence)> Odd(Batch record) =>
        from formula in new[] { (Name: nameof(Batch.Formula), Text: record.Formula), (Name: nameof(Batch.MeasuredFormula), Text: record.MeasuredFormula) }
        where !string.IsNullOrWhiteSpace(formula.Text)
        from message in CompositionParser.Read(formula.Text!).Messages
        where message.IsFailure
        select (formula.Name, $"{(message.Position is { } at ? $"Character {at}: " : null)}{message.Text}{(message.Mended is { } mended ? $" Perhaps {Short(mended)} is meant." : null)} The formula is kept as typed and has no numbers.");
    protected override string TitleOf(Batch record) => record.Code.Length == 0 ? record.Name : $"{record.Code} {record.Name}";
    protected override string AddressOf(Batch record) => $"b/{record.Code}";
    protected override Guid? TemplateOf(Batch record) => record.TemplateId;
    protected override IEnumerable<MadeFrom> From(Batch record) => record.Parents.Select(p => new MadeFrom(p.ParentId, record.ProjectId, p.Parent.Code, p.How));
    protected override Task<Dictionary<string, MadeFrom>> Parents(IReadOnlyList<string> codes, CancellationToken stop) =>
        Db.Batches.VisibleTo(Viewer).Where(b => codes.Contains(b.Code)).Select(b => new MadeFrom(b.Id, b.ProjectId, b.Code, Descent.NotRecorded)).ToDictionaryAsync(parent => parent.Code, stop);
    protected override Task<string?> ParentTrouble(Batch record, Guid parent, CancellationToken stop) => Db.BatchParentTrouble(record, parent, stop);
    protected override Task AddParent(Batch record, MadeFrom parent, CancellationToken stop) => Db.AddBatchParent(record, parent.Id, parent.How, stop);
}

sealed class SampleWalk(PortalDb db, Viewer viewer, TimeProvider clock, ImportOptions options, ImportOutcome outcome) : KindWalk<Sample>(db, viewer, clock, options, outcome)
{
    sealed record Home(Guid Id, Guid ProjectId, string Code, bool Simulated);

    readonly Dictionary<Guid, int> _next = [];
    Dictionary<string, Home> _batches = [];
    Dictionary<Guid, Home> _homes = [];
    Dictionary<string, Sample> _byCode = [];
    ILookup<(Guid, string), Sample> _byName = Array.Empty<Sample>().ToLookup(s => (s.BatchId, s.Name));

    public override IEnumerable<string> Missing()
    {
        if (!Has("code") && !Has("batch")) yield return "No column holds the batch that each sample is of. Map one to Batch; it holds codes such as PQ-0042.";
        if (!Has("code") && !Has("name")) yield return "No column holds the name of the sample. Map one to Name, or to Code for samples that are there.";
    }

    protected override async Task LookUp(IReadOnlyList<ImportRow> rows, CancellationToken stop)
    {
        var of = rows.Select(row => row["batch"]).OfType<string>().Distinct().ToList();
        _batches = await Db.Batches.VisibleTo(Viewer).Where(b => of.Contains(b.Code)).Select(b => new Home(b.Id, b.ProjectId, b.Code, b.Simulated)).ToDictionaryAsync(b => b.Code, stop);
        _homes = _batches.Values.ToDictionary(home => home.Id);
        var codes = rows.Select(row => row["code"]).OfType<string>().Distinct().ToList();
        var names = rows.Where(row => row["code"] is null).Select(row => row["name"]).OfType<string>().Distinct().ToList();
        var owners = _batches.Values.Select(b => b.Id).ToList();
        var known = await Seen(Db.Samples.VisibleTo(Viewer).Include(s => s.Parents).ThenInclude(p => p.Parent)).Where(s => codes.Contains(s.Code) || owners.Contains(s.BatchId) && names.Contains(s.Name)).ToListAsync(stop);
        _byCode = known.ToDictionary(s => s.Code);
        _byName = known.ToLookup(s => (s.BatchId, s.Name));
    }

    protected override async Task<Taken<Sample>> One(ImportRow row, CancellationToken stop)
    {
        if (row["code"] is { } code)
            return _byCode.TryGetValue(code, out var stored) ? await Known(row, stored, stop)
                : Refuse(row, "code", $"{NotThere("sample", code)} Leave the code empty for a new sample: the portal gives it.");

        if (row["batch"] is not { } of) return Refuse(row, "batch", "This sample has no batch. Write the batch's code, such as PQ-0042.");
        if (!_batches.TryGetValue(of, out var batch)) return Refuse(row, "batch", NotThere("batch", of));
        if (!Viewer.MayEdit(batch.ProjectId)) return Refuse(row, "batch", NotYours("batch", of));
        if (row["name"] is not { } name) return Refuse(row, "name", "Give the sample a name, such as S1.");
        var sample = new Sample { ProjectId = batch.ProjectId, BatchId = batch.Id, Code = "", Name = "", Simulated = batch.Simulated };
        if (!await Fill(row, sample, stop)) return new(RowVerdict.Wrong);
        return _byName[(batch.Id, sample.Name.Trim())].FirstOrDefault() is { } same ? await Known(row, same, stop) : await New(row, sample, $"{batch.Id} {name}", stop);
    }

    protected override async Task Number(IReadOnlyList<Sample> made, CancellationToken stop)
    {
        foreach (var of in made.GroupBy(sample => sample.BatchId))
        {
            var home = _homes[of.Key];
            if (!_next.TryGetValue(home.Id, out var next))
            {
                await Numbering.Lock(Db, home.Id, stop);
                var codes = await Db.Samples.VisibleWithBinTo(Viewer).Where(s => s.BatchId == home.Id).Select(s => s.Code).ToListAsync(stop);
                codes.AddRange(await Db.RemovedCodes(home.ProjectId, nameof(Sample), stop));
                next = Numbering.Next(codes, home.Code + "-S");
            }
            foreach (var sample in of) sample.Code = $"{home.Code}-S{next++}";
            _next[home.Id] = next;
        }
    }

    protected override EditChecks Rules(Sample record)
    {
        if (record.Form != SampleForm.Superlattice && record.Version == 0) record.Superlattice = null;
        return new EditChecks().Rules(record);
    }
    protected override string TitleOf(Sample record) => record.Code.Length == 0 ? $"{_homes[record.BatchId].Code} {record.Name}" : $"{record.Code} {record.Name}";
    protected override string AddressOf(Sample record) => $"s/{record.Code}";
    protected override Guid? TemplateOf(Sample record) => record.TemplateId;
    protected override IEnumerable<MadeFrom> From(Sample record) => record.Parents.Select(p => new MadeFrom(p.ParentId, record.ProjectId, p.Parent.Code, p.How));
    protected override Task<Dictionary<string, MadeFrom>> Parents(IReadOnlyList<string> codes, CancellationToken stop) =>
        Db.Samples.VisibleTo(Viewer).Where(s => codes.Contains(s.Code)).Select(s => new MadeFrom(s.Id, s.ProjectId, s.Code, Descent.NotRecorded)).ToDictionaryAsync(parent => parent.Code, stop);
    protected override Task<string?> ParentTrouble(Sample record, Guid parent, CancellationToken stop) => Db.SampleParentTrouble(record, parent, stop);
    protected override Task AddParent(Sample record, MadeFrom parent, CancellationToken stop) => Db.AddSampleParent(record, parent.Id, parent.How, stop);
}

sealed class DotWalk(PortalDb db, Viewer viewer, TimeProvider clock, ImportOptions options, ImportOutcome outcome) : KindWalk<Emitter>(db, viewer, clock, options, outcome)
{
    sealed record Home(Guid Id, Guid ProjectId, string Code, bool Simulated);

    readonly Dictionary<Guid, int> _next = [];
    Dictionary<string, Home> _samples = [];
    Dictionary<Guid, Home> _homes = [];
    Dictionary<string, Emitter> _byCode = [];
    Dictionary<(Guid, string), Emitter> _byLabel = [];
    HashSet<string> _binned = [];
    ILookup<(Guid, double?, double?), Emitter> _byPlace = Array.Empty<Emitter>().ToLookup(e => (e.SampleId, e.X, e.Y));

    public override IEnumerable<string> Missing()
    {
        if (!Has("code") && !Has("sample")) yield return "No column holds the sample that each dot is of. Map one to Sample; it holds codes such as PQ-0042-S2.";
        if (!Has("code") && !Has("label") && !(Has("x") && Has("y"))) yield return "A dot needs a label or both of its positions, so that the same table again makes nothing double. Map a column to Label, or two to Position x and Position y.";
    }

    protected override async Task LookUp(IReadOnlyList<ImportRow> rows, CancellationToken stop)
    {
        var of = rows.Select(row => row["sample"]).OfType<string>().Distinct().ToList();
        _samples = await Db.Samples.VisibleTo(Viewer).Where(s => of.Contains(s.Code)).Select(s => new Home(s.Id, s.ProjectId, s.Code, s.Simulated)).ToDictionaryAsync(s => s.Code, stop);
        _homes = _samples.Values.ToDictionary(home => home.Id);
        var codes = rows.Select(row => row["code"]).OfType<string>().Distinct().ToList();
        var labels = rows.Where(row => row["code"] is null).Select(row => row["label"]).OfType<string>().Distinct().ToList();
        var owners = _samples.Values.Select(s => s.Id).ToList();
        var isPlaced = rows.Any(row => row["code"] is null && row["label"] is null);
        var known = await Seen(Db.Emitters.VisibleTo(Viewer)).Where(e => codes.Contains(e.Code) || owners.Contains(e.SampleId) && (isPlaced && e.X != null || labels.Contains(e.Label))).ToListAsync(stop);
        _binned = [.. await Db.Emitters.InBinOf(Viewer).Where(e => owners.Contains(e.SampleId) && labels.Contains(e.Label)).Select(e => e.Code).ToListAsync(stop)];
        _byCode = known.ToDictionary(e => e.Code);
        _byLabel = known.ToDictionary(e => (e.SampleId, e.Label));
        _byPlace = known.ToLookup(e => (e.SampleId, e.X, e.Y));
    }

    protected override async Task<Taken<Emitter>> One(ImportRow row, CancellationToken stop)
    {
        if (row["code"] is { } code)
            return _byCode.TryGetValue(code, out var stored) ? await Known(row, stored, stop)
                : Refuse(row, "code", $"{NotThere("dot", code)} Leave the code empty for a new dot: the portal gives it.");

        if (row["sample"] is not { } of) return Refuse(row, "sample", "This dot has no sample. Write the sample's code, such as PQ-0042-S2.");
        if (!_samples.TryGetValue(of, out var sample)) return Refuse(row, "sample", NotThere("sample", of));
        if (!Viewer.MayEdit(sample.ProjectId)) return Refuse(row, "sample", NotYours("sample", of));
        var label = row["label"];
        if (label is not null && DotLabels.TroubleOf(label, sample.Code) is { } trouble) return Refuse(row, "label", trouble);
        if (label is not null && _binned.Contains($"{sample.Code}-{label}")) return Refuse(row, "label", $"{sample.Code}-{label} lies in the bin. Take it out there, or give this dot another label.");
        var dot = new Emitter { ProjectId = sample.ProjectId, SampleId = sample.Id, Code = label is null ? "" : $"{sample.Code}-{label}", Label = label ?? "", Simulated = sample.Simulated };
        if (!await Fill(row, dot, stop)) return new(RowVerdict.Wrong);
        if (label is not null) return _byLabel.GetValueOrDefault((sample.Id, label)) is { } same ? await Known(row, same, stop) : await New(row, dot, $"{sample.Id} {label}", stop);
        if (dot.X is null || dot.Y is null) return Refuse(row, null, "This dot has neither a label nor both of its positions, so that it could not be told from others.");
        return _byPlace[(sample.Id, dot.X, dot.Y)].FirstOrDefault() is { } there ? await Known(row, there, stop)
            : await New(row, dot, FormattableString.Invariant($"{sample.Id} at {dot.X:R} {dot.Y:R}"), stop);
    }

    protected override async Task Number(IReadOnlyList<Emitter> made, CancellationToken stop)
    {
        foreach (var of in made.GroupBy(dot => dot.SampleId))
        {
            var home = _homes[of.Key];
            if (!_next.TryGetValue(home.Id, out var next))
            {
                await Numbering.Lock(Db, home.Id, stop);
                var codes = await Db.Emitters.VisibleWithBinTo(Viewer).Where(e => e.SampleId == home.Id).Select(e => e.Code).ToListAsync(stop);
                codes.AddRange(await Db.RemovedCodes(home.ProjectId, nameof(Emitter), stop));
                next = Numbering.Next(codes, home.Code + "-D");
            }
            // Beyond the labels that this very table gives.
            next = Math.Max(next, Numbering.Next(of.Select(dot => dot.Code), home.Code + "-D"));
            foreach (var dot in of.Where(dot => dot.Code.Length == 0)) (dot.Code, dot.Label) = ($"{home.Code}-D{next:000}", $"D{next++:000}");
            _next[home.Id] = next;
        }
    }

    protected override EditChecks Rules(Emitter record) => new EditChecks().Rules(record);
    protected override string TitleOf(Emitter record) => record.Code.Length == 0 ? $"a new dot of {_homes[record.SampleId].Code}" : record.Code;
    protected override string AddressOf(Emitter record) => $"d/{record.Code}";
}

sealed class RunWalk(PortalDb db, Viewer viewer, TimeProvider clock, ImportOptions options, ImportOutcome outcome) : KindWalk<Run>(db, viewer, clock, options, outcome)
{
    sealed record Home(Guid ProjectId, Guid SampleId, Guid? EmitterId, string Code, bool Simulated);

    Dictionary<string, Home> _dots = [], _samples = [];
    Dictionary<Guid, Run> _byId = [];
    ILookup<(Guid?, Guid?, string, DateTimeOffset?), Run> _byName = Array.Empty<Run>().ToLookup(Identity);

    static (Guid?, Guid?, string, DateTimeOffset?) Identity(Run run) => (run.SampleId, run.EmitterId, run.Name, run.MeasuredAt);

    public override IEnumerable<string> Missing()
    {
        if (!Has("id") && !Has("dot") && !Has("sample")) yield return "No column holds what each run is of. Map one to Dot or to Sample; it holds codes such as PQ-0042-S2-D017.";
        if (!Has("id") && !Has("name")) yield return "No column holds the name of the run. Map one to Name.";
    }

    protected override async Task LookUp(IReadOnlyList<ImportRow> rows, CancellationToken stop)
    {
        var dots = rows.Select(row => row["dot"]).OfType<string>().Distinct().ToList();
        var samples = rows.Where(row => row["dot"] is null).Select(row => row["sample"]).OfType<string>().Distinct().ToList();
        _dots = await Db.Emitters.VisibleTo(Viewer).Where(e => dots.Contains(e.Code)).Select(e => new Home(e.ProjectId, e.SampleId, e.Id, e.Code, e.Simulated)).ToDictionaryAsync(e => e.Code, stop);
        _samples = await Db.Samples.VisibleTo(Viewer).Where(s => samples.Contains(s.Code)).Select(s => new Home(s.ProjectId, s.Id, null, s.Code, s.Simulated)).ToDictionaryAsync(s => s.Code, stop);
        var ids = rows.Select(row => Guid.TryParse(row["id"], out var id) ? id : (Guid?)null).OfType<Guid>().Distinct().ToList();
        var names = rows.Where(row => row["id"] is null).Select(row => row["name"]).OfType<string>().Distinct().ToList();
        var emitters = _dots.Values.Select(home => home.EmitterId).ToList();
        var films = _samples.Values.Select(home => (Guid?)home.SampleId).ToList();
        var known = await Seen(Db.Runs.VisibleTo(Viewer)).Where(r => ids.Contains(r.Id)
            || names.Contains(r.Name) && (emitters.Contains(r.EmitterId) || r.EmitterId == null && films.Contains(r.SampleId))).ToListAsync(stop);
        _byId = known.ToDictionary(r => r.Id);
        _byName = known.ToLookup(Identity);
    }

    protected override async Task<Taken<Run>> One(ImportRow row, CancellationToken stop)
    {
        if (row["id"] is { } id)
            return Guid.TryParse(id, out var known) && _byId.TryGetValue(known, out var stored) ? await Known(row, stored, stop)
                : Refuse(row, "id", $"{NotThere("run", id)} Leave the id empty for a new run: the portal gives it.");

        var home = row["dot"] is { } dot ? _dots.GetValueOrDefault(dot) : row["sample"] is { } film ? _samples.GetValueOrDefault(film) : null;
        var (kind, of) = row["dot"] is { } named ? ("dot", named) : ("sample", row["sample"]);
        if (of is null) return Refuse(row, Has("dot") ? "dot" : "sample", "This run is of nothing. Write the code of its dot or of its sample.");
        if (home is null) return Refuse(row, kind, NotThere(kind, of));
        if (!Viewer.MayEdit(home.ProjectId)) return Refuse(row, kind, NotYours(kind, of));
        var run = new Run { ProjectId = home.ProjectId, SampleId = home.SampleId, EmitterId = home.EmitterId, Name = "", Simulated = home.Simulated };
        if (!await Fill(row, run, stop)) return new(RowVerdict.Wrong);
        RecordFields.Tidy(run);
        return _byName[Identity(run)].FirstOrDefault() is { } same ? await Known(row, same, stop) : await New(row, run, Identity(run).ToString(), stop);
    }

    protected override Task Number(IReadOnlyList<Run> made, CancellationToken stop) => Task.CompletedTask;
    protected override EditChecks Rules(Run record) => new EditChecks().Rules(record);
    protected override string TitleOf(Run record) => record.Name;
    protected override string AddressOf(Run record) => $"r/{record.Id}";
}
