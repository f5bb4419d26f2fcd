using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace PqdPortal.Load;

/// <summary>
/// A page open in a browser, as the portal sees it: the document by HTTP, then a circuit over a WebSocket that renders it and every
/// page clicked on afterwards. Batches are confirmed and script calls answered, as the browser does.
/// </summary>
sealed partial class OpenPage(Uri portal, CookieContainer cookies, HttpClient http) : IAsyncDisposable
{
    readonly SemaphoreSlim _sending = new(1);
    readonly CancellationTokenSource _over = new();
    readonly Lock _gate = new();
    ClientWebSocket? _socket;
    Task? _listening;
    (byte[] Text, TaskCompletionSource Seen)? _awaited;

    /// <summary>Opens the first page.</summary>
    /// <param name="shows">Text that stands on the page once it is there.</param>
    public async Task Open(string address, string shows, TimeSpan patience)
    {
        using var ask = new HttpRequestMessage(HttpMethod.Get, new Uri(portal, address));
        ask.Headers.Accept.ParseAdd("text/html");
        using var answer = await http.SendAsync(ask);
        var html = await answer.Content.ReadAsStringAsync();
        if (answer.StatusCode != HttpStatusCode.OK) throw new InvalidOperationException($"{address}: {(int)answer.StatusCode}");

        _socket = new ClientWebSocket();
        _socket.Options.Cookies = cookies;
        await _socket.ConnectAsync(new Uri($"ws://{portal.Authority}/_blazor"), default);
        await _socket.SendAsync(Encoding.ASCII.GetBytes("{\"protocol\":\"blazorpack\",\"version\":1}\u001e"), WebSocketMessageType.Text, true, default);
        var hello = new byte[100];
        await _socket.ReceiveAsync(hello, default);
        _listening = Task.Run(Listen);

        var seen = Await(shows);
        await Call("StartCircuit", portal.ToString(), new Uri(portal, address).ToString(), "[]", "");
        var markers = Marker().Matches(html).Select((marker, at) => new
        {
            type = "add",
            ssrComponentId = at + 1,
            marker = JsonDocument.Parse(WebUtility.HtmlDecode(marker.Groups[1].Value)).RootElement,
        });
        await Call("UpdateRootComponents", JsonSerializer.Serialize(new { batchId = 1, operations = markers }), "");
        await seen.WaitAsync(patience);
    }

    /// <summary>Clicks on a link to another page.</summary>
    public async Task Click(string address, string shows, TimeSpan patience)
    {
        var seen = Await(shows);
        await Call("OnLocationChanged", new Uri(portal, address).ToString(), null, true);
        await seen.WaitAsync(patience);
    }

    Task Await(string text)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate) _awaited = (Encoding.UTF8.GetBytes(text), seen);
        return seen.Task;
    }

    Task Call(string method, params object?[] arguments) => Send(MessagePack.Framed(1, new Dictionary<string, string>(), null, method, arguments));

    async Task Send(byte[] message)
    {
        await _sending.WaitAsync();
        try
        {
            await _socket!.SendAsync(message, WebSocketMessageType.Binary, true, _over.Token);
        }
        finally
        {
            _sending.Release();
        }
    }

    async Task Listen()
    {
        var buffer = new byte[1 << 16];
        var message = new MemoryStream();
        try
        {
            while (true)
            {
                var got = await _socket!.ReceiveAsync(buffer, _over.Token);
                if (got.MessageType == WebSocketMessageType.Close) throw new WebSocketException("The portal closed the page.");
                message.Write(buffer, 0, got.Count);
                if (!got.EndOfMessage) continue;
                await Hear(message.ToArray());
                message.SetLength(0);
            }
        }
        catch (Exception trouble)
        {
            lock (_gate) _awaited?.Seen.TrySetException(trouble);
        }
    }

    async Task Hear(byte[] bytes)
    {
        for (var at = 0; at < bytes.Length;)
        {
            var (length, shift) = (0, 0);
            byte part;
            do
            {
                part = bytes[at++];
                length |= (part & 0x7f) << shift;
                shift += 7;
            } while ((part & 0x80) != 0);
            var inside = at;
            var said = (object?[])MessagePack.Read(bytes, ref inside)!;
            at += length;
            // Invocation: type, headers, id, target, arguments.
            if (said is not [1L, _, _, string target, object?[] given, ..]) continue;
            switch (target)
            {
                case "JS.RenderBatch":
                    if (given[1] is byte[] batch)
                        lock (_gate)
                            if (_awaited is { } awaited && batch.AsSpan().IndexOf(awaited.Text) >= 0) awaited.Seen.TrySetResult();
                    await Call("OnRenderCompleted", given[0], null);
                    break;
                case "JS.BeginInvokeJS" when given[0] is long task and not 0:
                    await Call("EndInvokeJSFromDotNet", task, true, $"[{task},true,null]");
                    break;
                case "JS.Error":
                    throw new InvalidOperationException($"The portal reports a fault: {given[0]}");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        if (_listening is not null) await _listening;
        _socket?.Dispose();
    }

    [GeneratedRegex("<!--Blazor:(\\{\"type\":\"server\".*?\\})-->")]
    private static partial Regex Marker();
}
