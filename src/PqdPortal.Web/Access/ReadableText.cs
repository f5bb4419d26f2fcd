using System.Text.Json;
using PqdPortal.Data.Edits;

namespace PqdPortal.Web.Access;

/// <summary>Turns away what is no text before anything asks the database with it: in the address, in a form, in a JSON body.</summary>
public static class ReadableText
{
    const string Trouble = "A value holds a character that is none, such as NUL or half of a pair of surrogates. Send it without.";

    /// <exception cref="BadHttpRequestException">A value of the address or of the body is no text, or the form cannot be read.</exception>
    public static async Task Guard(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        var isReadable = Keepable.IsText(request.Path.Value)
            && request.Query.All(pair => Keepable.IsText(pair.Key) && pair.Value.All(value => Keepable.IsText(value)));
        if (isReadable && request.HasFormContentType && !request.Path.StartsWithSegments("/api"))
            isReadable = (await Form(request, context.RequestAborted)).All(pair => Keepable.IsText(pair.Key) && pair.Value.All(value => Keepable.IsText(value)));
        if (isReadable && request.HasJsonContentType())
            isReadable = await IsReadableJson(request, context.RequestAborted);
        if (!isReadable) throw new BadHttpRequestException(Trouble);
        await next(context);
    }

    static async Task<IFormCollection> Form(HttpRequest request, CancellationToken stop)
    {
        try
        {
            return await request.ReadFormAsync(stop);
        }
        catch (InvalidDataException wrong)
        {
            throw new BadHttpRequestException("The form cannot be read: it has too many or too large fields, or is not put together as a form.", wrong);
        }
    }

    /// <summary>Reads the body once through; the endpoint reads it again.</summary>
    static async Task<bool> IsReadableJson(HttpRequest request, CancellationToken stop)
    {
        request.EnableBuffering();
        using var whole = new MemoryStream();
        await request.Body.CopyToAsync(whole, stop);
        request.Body.Position = 0;
        return whole.Length == 0 || IsReadable(whole.GetBuffer().AsSpan(0, (int)whole.Length));
    }

    static bool IsReadable(ReadOnlySpan<byte> body)
    {
        var json = new Utf8JsonReader(body);
        var open = new Stack<HashSet<string>>();
        try
        {
            while (json.Read())
            {
                if (json.TokenType == JsonTokenType.StartObject) open.Push(new(StringComparer.OrdinalIgnoreCase));
                if (json.TokenType == JsonTokenType.EndObject) open.Pop();
                if (json.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName)) continue;
                var text = json.GetString()!;
                if (!Keepable.IsText(text)) return false;
                // Which of the two is meant, no two readers agree on.
                if (json.TokenType == JsonTokenType.PropertyName && !open.Peek().Add(text))
                    throw new BadHttpRequestException("A field stands twice in the body; send each once. Nothing was changed.");
            }
            return true;
        }
        catch (InvalidOperationException)
        {
            return false; // half of a pair, written as an escape
        }
        catch (JsonException)
        {
            return true; // no JSON after all: whether any was wanted is the endpoint's to say
        }
    }
}
