namespace PqdPortal.Web.Description;

/// <summary>What the description of the API says in words where the code does not.</summary>
static class ApiWords
{
    public const string Introduction = """
        Everything the pages of this portal do, for programs: records of batches, samples, dots and runs, their files, analyses, results and people.

        **Signing in.** Make an access token on the page *Profile, Access tokens* and send it as `Authorization: Bearer pqd_...`. A token does at most what its person may.

        **Lists** come in pages (`page`, from 1) with `total`. **Records** have short codes (`PQ-0042-S2-D017`) or ids. A value that is null was not recorded; numbers have the unit that stands in their description.

        **Changing.** PATCH takes the fields to change and wants the record's `ETag` as `If-Match`; who changed what in between is told with 412.

        **Refusals** are problem+json (RFC 9457) in words: `title`, `detail`, `errors` by field. What you may not see is answered 404, like what does not exist.

        **Limits.** So many requests a minute as the portal's keeper allows; then 429 with `Retry-After`.
        """;

    /// <summary>Groups of operations.</summary>
    public static readonly Dictionary<string, string> Tags = new()
    {
        ["Account"] = "Whose program this is, and its tokens.",
        ["Analyses"] = "What can be computed, asking for it, following it; numbers, verdicts, curves and figures.",
        ["Compare"] = "Tables of many dots beside each other.",
        ["Jobs"] = "Background work: what runs, what waits, what ended.",
        ["Composition"] = "Perovskite formulas: what they say, and where a dot of one should emit.",
        ["Inbox"] = "Files that wait for a home, how files are named, moving runs.",
        ["Lists"] = "Lists with any field and result as a column, and saved views of them.",
        ["People"] = "Members of projects, groups, invitations, read-only links, and who can see a record.",
        ["Projects"] = "Projects, who can see them and why, the bin.",
        ["Runs"] = "Measurements, their files, and what the files look like.",
        ["Samples"] = "Batches, samples and dots.",
        ["Attachments"] = "Photos and documents beside a record, with their small pictures.",
        ["Bulk"] = "One change of many records at once: all of them or none.",
        ["Comments"] = "What people say on a record, answer, and settle.",
        ["Imports"] = "Tables of batches, samples or dots, tried first and taken whole or not at all.",
        ["Instruments"] = "Set-ups and what belongs to them.",
        ["Notes"] = "A line into a record's notes, as from a telephone beside the hood.",
        ["Notices"] = "What was followed, what happened there, and the digest.",
        ["Search"] = "Everything by name, code, formula or text.",
        ["Set-ups"] = "Computers that watch a folder, and when they were last heard of.",
        ["Templates"] = "Forms filled beforehand for the next batch, sample or dot.",
        ["Uploads"] = "Files: small ones in one request, large ones by the tus protocol, piece by piece.",
    };

    /// <summary>Parameters of the address by their names, or by operation and name where the same name means something else.</summary>
    public static readonly Dictionary<string, string> Parameters = new()
    {
        ["page"] = "Number of the page, from 1.",
        ["search"] = "Text that names, codes or formulas hold.",
        ["project"] = "Code of a project.",
        ["batch"] = "Code of a batch.",
        ["sample"] = "Code of a sample.",
        ["dot"] = "Code of a dot.",
        ["run"] = "Id of a run.",
        ["number"] = "Number of a version, from 1.",
        ["member"] = "Id of a role in the project, as the list of members tells it.",
        ["person"] = "Id of a person.",
        ["invitation"] = "Id of an invitation.",
        ["link"] = "Id of a read-only link.",
        ["code"] = "Code of the record, such as PQ-0042.",
        ["id"] = "Id of the record.",
        ["file"] = "Id of a file of the run.",
        ["measured"] = "true: only dots with runs; false: only those without.",
        ["reading"] = "How far the reading of its files is.",
        ["sort"] = "Column to sort by; a hyphen before it turns the order.",
        ["kind"] = "Catalogue key of an analysis, such as g2.cw.",
        ["name"] = "Contract name of a curve or figure, such as g2.",
        ["show"] = "Which curve of the file, from 1; all where it is absent.",
        ["log"] = "Whether the value axis is logarithmic.",
        ["whole"] = "Whether the whole axis is drawn, not the part with counts.",
        ["points"] = "Most points of each series.",
        ["quantity"] = "Contract name of a quantity, such as g2_0.",
        ["from"] = "Beginning of the stretch in view, in the unit of the axis.",
        ["to"] = "End of the stretch in view, in the unit of the axis.",
        ["image"] = "Which image of the file, from 1.",
        ["frame"] = "Which frame of the image, from 1.",
        ["clip"] = "Share of the darkest and brightest pixels that are cut off [%].",
        ["size"] = "Longest edge of the picture [pixels].",
        ["counts"] = "Whether counts are drawn instead of normalised values.",
        ["blocks"] = "Whether the blocks that the error was made from are drawn.",
        ["with"] = "Ids of further results drawn beside it, separated by commas.",
        ["bin"] = "Width of the bins whose lowest and highest rate are told [s].",
        ["of"] = "What kind of record: project, batch, sample, dot, run or result.",
        ["record"] = "Id of the record.",
        ["uploadFile name"] = "Name of the file, such as D017.ptu.",
        ["uploadFile to"] = "Code of the dot or sample it was measured on.",
        ["uploadFile run"] = "Id of a run that is there already.",
        ["uploadFile project"] = "Code of a project, in whose inbox the file waits.",
        ["role"] = "What the file is in its run: measurement (the usual), irf, background.",
        ["getTrace from"] = "Beginning of the stretch [s].",
        ["getTrace to"] = "End of the stretch [s].",
    };

    /// <summary>Fields that only the portal gives: they stand in no body.</summary>
    public static readonly string[] GivenByThePortal = ["id", "version", "createdAt", "simulated", "results", "files", "readingMessage", "runs", "dots"];

    /// <summary>Fields that an answer leaves out where there is nothing to say; all others are always there, null where nothing was recorded.</summary>
    public static readonly Dictionary<string, string[]> SometimesAbsent = new()
    {
        ["ReportCurve"] = ["y", "fit", "more"],
        ["Series"] = ["sigma"],
        ["Quantity"] = ["sigma", "lo95", "hi95"],
        ["ReportMessage"] = ["item"],
    };
}
