namespace PqdPortal.Client.Records;

/// <summary>What somebody says of a record or a result.</summary>
public sealed record CommentRecord
{
    public Guid Id { get; init; }

    /// <summary>Row version; the ETag, sent back as If-Match when changing the text.</summary>
    public uint Version { get; init; }

    /// <summary>project, batch, sample, dot, run, result.</summary>
    public string Of { get; init; } = "";

    /// <summary>Id of what is talked about.</summary>
    public Guid Record { get; init; }

    /// <summary>The comment that this one answers; absent for the first of a thread.</summary>
    public Guid? Answers { get; init; }

    /// <summary>Markdown, no raw HTML; absent where it was put into the bin and only the answers to it stay.</summary>
    public string? Text { get; init; }
    public string Author { get; init; } = "";
    public bool IsMine { get; init; }
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its text was changed last; absent where it never was.</summary>
    public DateTimeOffset? EditedAt { get; init; }

    /// <summary>When somebody said that the thread is settled; absent while it is open.</summary>
    public DateTimeOffset? ResolvedAt { get; init; }
    public string? ResolvedBy { get; init; }

    /// <summary>Names of the people who were named in it by @name and told.</summary>
    public IReadOnlyList<string> Named { get; init; } = [];

    /// <summary>The answers, oldest first; only with the first comment of a thread.</summary>
    public IReadOnlyList<CommentRecord> Replies { get; init; } = [];

    /// <summary>Who was named and could not be told, in a sentence; only in the answer to who wrote it.</summary>
    public string? NotTold { get; init; }
}

/// <summary>Something to say.</summary>
public sealed record NewComment
{
    /// <summary>project, batch, sample, dot, run, result.</summary>
    public string? Of { get; init; }

    /// <summary>Code or id of what is talked about.</summary>
    public string? Record { get; init; }

    /// <summary>Markdown, at most 20 000 characters. @name tells a person who can see the record.</summary>
    public string? Text { get; init; }

    /// <summary>The comment that this one answers.</summary>
    public Guid? Answers { get; init; }
}

/// <summary>Another wording of a comment.</summary>
public sealed record CommentChange
{
    public string? Text { get; init; }
}

/// <summary>Somebody who can be named by @name.</summary>
/// <param name="Handle">What is written behind the @.</param>
public sealed record PersonHandle(string Name, string Handle);

/// <summary>Whether you are told of a record and of what lies below it.</summary>
/// <param name="Of">project, batch, sample, dot, run, result.</param>
/// <param name="Record">Its id.</param>
/// <param name="Name">As lists show it.</param>
/// <param name="Why">In a sentence; absent where there is no reason.</param>
public sealed record FollowRecord(string Of, Guid Record, string Name, bool IsOn, string? Why);

/// <summary>What to follow, or not any more.</summary>
public sealed record FollowChange
{
    /// <summary>project, batch, sample, dot, run, result.</summary>
    public string? Of { get; init; }

    /// <summary>Code or id.</summary>
    public string? Record { get; init; }
    public bool IsOn { get; init; } = true;
}

/// <summary>One thing that you are told.</summary>
/// <param name="Kind">comment, reply, mention, finished, failed, role, joined.</param>
/// <param name="Text">What happened, in words.</param>
/// <param name="Said">The beginning of the comment; absent for other kinds.</param>
/// <param name="Of">What it is about: project, batch, sample, dot, run, result.</param>
/// <param name="Record">Its id.</param>
/// <param name="Name">As lists show it.</param>
/// <param name="Address">Where to look, from the portal's own address on.</param>
/// <param name="Why">Why you are told.</param>
public sealed record NoticeRecord(
    Guid Id, DateTimeOffset At, string Kind, string Text, string? Said, string? By, string Of, Guid Record, string Name, string Address, bool IsRead, string Why);

/// <summary>A stretch of your notices, the newest first.</summary>
/// <param name="Unread">How many the bell counts; 100 stands for more than 99.</param>
public sealed record NoticePage(IReadOnlyList<NoticeRecord> Items, int Unread, int Page, bool HasMore);

/// <summary>Which notices are read.</summary>
public sealed record NoticesRead
{
    /// <summary>Ids of notices; absent for all that came until now.</summary>
    public IReadOnlyList<Guid>? Ids { get; init; }
}

/// <summary>How you are told of one kind of thing.</summary>
/// <param name="Kind">comment, reply, mention, finished, failed, role, joined.</param>
/// <param name="Way">bell (at once), digest (only there), never.</param>
public sealed record NoticeChoiceRecord(string Kind, string Way);

/// <summary>What came since you looked last, by day and record.</summary>
/// <param name="HasMore">More came than is told here.</param>
public sealed record DigestRecord(DateTimeOffset Since, DateTimeOffset Until, IReadOnlyList<DigestDay> Days, bool HasMore);

/// <summary>One day of a digest, in UTC.</summary>
public sealed record DigestDay(DateOnly Day, IReadOnlyList<DigestEntry> Records);

/// <summary>What came of one record on one day.</summary>
public sealed record DigestEntry(string Of, Guid Record, string Name, string Address, IReadOnlyList<NoticeRecord> Notices);
