"""Style and script of the HTML report. Neither holds anything of a linted file; the page allows nothing else by its content policy."""

# ruff: noqa: E501 (lines of style and script)

CSS = """
:root{color-scheme:light dark;
--bg:#f6f7f9;--card:#fff;--ink:#1b1f27;--soft:#596273;--line:#d9dde5;--head:#eef1f5;--focus:#1d5fd1;--accent:#1d5fd1;
--locked:#12734a;--strippable:#9a5700;--open:#b3202c;--unknown:#4a5a8a;--off:#6b7280;
--locked-bg:#e2f4ea;--strippable-bg:#fdf0d9;--open-bg:#fce5e6;--unknown-bg:#e8ebf7;--off-bg:#eceef1;
--error:#b3202c;--warning:#9a5700;--note:#3a5a9a}
@media (prefers-color-scheme:dark){:root{
--bg:#12151b;--card:#1a1e26;--ink:#e7eaf0;--soft:#a2abbb;--line:#303745;--head:#232935;--focus:#8ab4ff;--accent:#8ab4ff;
--locked:#5fd49a;--strippable:#f2b45c;--open:#ff8087;--unknown:#a9b8ee;--off:#9aa3b2;
--locked-bg:#143425;--strippable-bg:#3a2a10;--open-bg:#421b20;--unknown-bg:#252c47;--off-bg:#2a2f39;
--error:#ff8087;--warning:#f2b45c;--note:#9dbcff}}
*{box-sizing:border-box}
[hidden]{display:none!important}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
main,header,footer{max-width:1400px;margin:0 auto;padding:0 24px}
header{padding-top:28px}
h1{font-size:26px;line-height:1.2;margin:0 0 4px;letter-spacing:-.01em}
h2{font-size:18px;margin:32px 0 10px}
p{margin:0 0 10px}
.soft{color:var(--soft)}
code,.mono{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
code{background:var(--head);padding:1px 5px;border-radius:4px;overflow-wrap:anywhere}
a{color:var(--accent)}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px;border-radius:4px}
.skip{position:absolute;left:-9999px}
.skip:focus{left:24px;top:8px;background:var(--card);padding:8px 14px;z-index:9}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.ic{width:16px;height:16px;flex:none;vertical-align:-3px}
.tiles{display:grid;grid-template-columns:repeat(5,1fr);gap:12px;margin:20px 0 0;padding:0;list-style:none}
.tile{display:flex;flex-direction:column;width:100%;height:100%;text-align:left;padding:14px 16px;border:1px solid var(--line);border-radius:10px;
background:var(--card);color:inherit;font:inherit;cursor:pointer}
.tile .top{display:flex;align-items:center;gap:8px;font-weight:600}
.tile .ic{width:20px;height:20px}
.tile .num{margin:4px 0 2px;font-size:30px;line-height:1.15;font-weight:650;font-variant-numeric:tabular-nums}
.tile .says{font-size:13px;line-height:1.35;color:var(--soft)}
.tile[aria-pressed=true]{border-color:currentColor;box-shadow:inset 0 0 0 1px currentColor}
.tile.zero .num{color:var(--soft)}
.locked{color:var(--locked)}.strippable{color:var(--strippable)}.open{color:var(--open)}.unknown{color:var(--unknown)}.off{color:var(--off)}
.tile .num,.tile .says{color:var(--ink)}.tile .says{color:var(--soft)}
.badge{display:inline-flex;align-items:center;gap:6px;padding:2px 9px 2px 7px;border-radius:99px;font-weight:600;font-size:13px;white-space:nowrap;
border:1px solid currentColor}
.badge.locked{background:var(--locked-bg)}.badge.strippable{background:var(--strippable-bg)}.badge.open{background:var(--open-bg)}
.badge.unknown{background:var(--unknown-bg)}.badge.off{background:var(--off-bg)}
figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:10px;overflow:hidden}
.map{max-height:640px;overflow:auto;padding:12px}
.map svg{display:block;width:100%;max-width:1180px;min-width:680px;margin:0 auto}
.map text{font-size:13px;fill:var(--ink)}
.map .sub{fill:var(--soft);font-size:11px}
.map .node{fill:var(--head);stroke:var(--line)}
.map a:hover .node,.map a:focus-visible .node{stroke:var(--accent);stroke-width:2}
.map a{text-decoration:none;outline:none}
.map .link{transition:opacity .15s}
.map svg.hot .link:not(.on){opacity:.08}
.lk{fill:none;stroke:currentColor;stroke-linecap:round}
.lk.strippable{stroke-dasharray:9 5}.lk.open{stroke-dasharray:1 6}.lk.unknown{stroke-dasharray:12 4 2 4;opacity:.75}.lk.off{stroke-dasharray:3 7;opacity:.6}
.map .pill{fill:var(--card);stroke:currentColor;stroke-width:1.5}
figcaption{border-top:1px solid var(--line);padding:10px 16px;font-size:13px;color:var(--soft);display:flex;flex-wrap:wrap;gap:6px 20px;align-items:center}
figcaption .key{display:inline-flex;gap:7px;align-items:center}
figcaption .key b{color:var(--ink);font-weight:400}
figcaption .key svg:not(.ic){width:44px;height:10px}
.bar{display:flex;flex-wrap:wrap;gap:12px 20px;align-items:end;margin:0 0 12px}
.bar label,.bar fieldset{font-size:13px;color:var(--soft);border:0;margin:0;padding:0}
.bar legend{padding:0}
.bar input[type=search],.bar select{display:block;font:inherit;font-size:15px;color:var(--ink);background:var(--card);border:1px solid var(--soft);
border-radius:7px;padding:6px 10px;min-height:36px}
.bar input[type=search]{width:min(300px,80vw)}
.seg{display:inline-flex;border:1px solid var(--soft);border-radius:7px;overflow:hidden}
.seg label{position:relative;color:var(--ink);font-size:14px}
.seg label+label{border-left:1px solid var(--soft)}
.seg input{position:absolute;opacity:0;inset:0;margin:0;cursor:pointer}
.seg span{display:block;padding:6px 12px;background:var(--card);line-height:22px}
.seg input:checked+span{background:var(--accent);color:var(--card);font-weight:600}
.seg input:focus-visible+span{outline:3px solid var(--focus);outline-offset:-4px}
.plain{font:inherit;font-size:14px;color:var(--accent);background:none;border:1px solid var(--line);border-radius:7px;padding:6px 12px;min-height:36px;cursor:pointer}
.count{margin:0 0 8px;font-size:14px;color:var(--soft)}
.wide{background:var(--card);border:1px solid var(--line);border-radius:10px;overflow:auto}
table{border-collapse:collapse;width:100%;font-size:14px}
caption{text-align:left;padding:10px 14px;color:var(--soft);font-size:13px}
thead th{background:var(--head);text-align:left;padding:0;border-bottom:1px solid var(--line);white-space:nowrap}
thead button{all:unset;box-sizing:border-box;cursor:pointer;padding:9px 10px;width:100%;font-weight:600;font-size:13px}
thead button:focus-visible{outline:3px solid var(--focus);outline-offset:-3px}
thead button::after{content:"\\2195";opacity:.35;margin-left:5px;font-size:12px}
th[aria-sort=ascending] button::after{content:"\\2191";opacity:1}
th[aria-sort=descending] button::after{content:"\\2193";opacity:1}
td,tbody th{padding:9px 10px;border-top:1px solid var(--line);vertical-align:top;text-align:left;font-weight:400}
td.num{font-variant-numeric:tabular-nums}
td .sub,th .sub{display:block;color:var(--soft);font-size:12.5px;line-height:1.35}
.app b{font-weight:600}
.host,.at,.app{overflow-wrap:anywhere}.host{min-width:190px}.at{min-width:170px}.app{min-width:150px}
tr.group th{background:var(--bg);border-top:2px solid var(--line);padding:12px 10px 7px;font-weight:650}
tr.group .sub{display:inline;margin-left:8px;font-weight:400}
.bad{color:var(--open);font-weight:600}.good{color:var(--locked)}
.chips{display:flex;flex-wrap:wrap;gap:5px}
.chip{display:inline-flex;align-items:center;gap:4px;font-size:12.5px;font-weight:600;white-space:nowrap}
.error{color:var(--error)}.warning{color:var(--warning)}.note{color:var(--note)}
.kept{color:var(--soft);font-weight:400}
.toggle{display:block;font:inherit;font-size:13px;color:var(--accent);background:none;border:0;padding:3px 0;cursor:pointer;text-decoration:underline;white-space:nowrap}
tr.more td{border-top:0;padding:0 10px 16px}
.story{border-left:3px solid var(--line);padding:2px 0 2px 16px;margin-left:4px;max-width:1000px}
.story dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:0 0 10px}
.story dt{color:var(--soft)}.story dd{margin:0;overflow-wrap:anywhere}
.finding{margin:10px 0 0}
.finding h3{font-size:14px;margin:0;display:flex;flex-wrap:wrap;gap:4px 10px;align-items:center}
.finding p{margin:2px 0 0;overflow-wrap:anywhere}
.help{padding:6px 10px;background:var(--locked-bg);border-radius:6px;margin-top:5px!important}
.help b{color:var(--locked)}
.none{padding:30px;text-align:center;color:var(--soft)}
.notread{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px 16px 12px 34px;margin:0}
footer{padding-top:26px;padding-bottom:40px;color:var(--soft);font-size:13px}
footer dl{display:grid;grid-template-columns:max-content 1fr;gap:6px 16px;margin:0 0 18px}
footer dd{margin:0}
@media screen and (max-width:900px){
main,header,footer{padding-left:14px;padding-right:14px}
.tiles{grid-template-columns:repeat(2,1fr);gap:8px}
.tile{padding:10px 12px}.tile .num{font-size:24px}
.wide{border:0;background:none;overflow:visible}
table,tbody,tr,td,tbody th{display:block;width:100%}
.host,.at,.app{min-width:0}
thead{display:none}
tr.row{display:grid;grid-template-columns:1fr 1fr;gap:8px 0;background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px 4px;margin:0 0 8px}
tr.row td,tr.row th{border:0;padding:0 10px;min-width:0}
tr.row td::before{content:attr(data-label);display:block;color:var(--soft);font-size:12px;line-height:1.3}
tr.row .app{order:-2;grid-column:1/3;font-size:16px}
tr.row td:first-child{order:-1;grid-column:1/3}tr.row td:first-child::before{content:none}
tr.row td:first-child .sub,tr.row .app .sub{display:inline;margin-left:8px}
tr.row .at{grid-column:1/3}
tr.row .toggle{padding:6px 0}
tr.group th{background:none;border:0;padding:14px 4px 6px}
tr.more{background:var(--card);border:1px solid var(--line);border-top:0;border-radius:0 0 10px 10px;margin:-18px 0 10px;padding-top:14px}
.story dl,footer dl{grid-template-columns:1fr;gap:0}.story dd,footer dd{margin-bottom:6px}
}
@media (min-width:901px){.mobile{display:none}}
@media screen and (min-width:901px) and (max-width:1180px){.host{min-width:120px}.at{min-width:110px}.app{min-width:100px}
td,tbody th{padding:9px 6px}thead button{padding:9px 6px}thead button::after{margin-left:2px}td .badge{padding:2px 6px 2px 5px;gap:4px}}
@media print{
:root{color-scheme:light;--bg:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--head:#f2f2f2;--accent:#000;
--locked:#0b5c39;--strippable:#7a4500;--open:#a01520;--unknown:#34446e;--off:#555;--error:#a01520;--warning:#7a4500;--note:#34446e;
--locked-bg:#fff;--strippable-bg:#fff;--open-bg:#fff;--unknown-bg:#fff;--off-bg:#fff}
body{font-size:11px}
main,header,footer{max-width:none;padding:0}
.bar,.skip,.toggle,.count,.mobile{display:none!important}
.tiles{grid-template-columns:repeat(5,1fr)}.tile{padding:6px 8px}.tile .num{font-size:20px}.tile .says{font-size:10px}
.map{max-height:none;overflow:visible}
.wide{overflow:visible;border:0}
table{font-size:10px}
tr.more[hidden]:not(.gone){display:table-row!important}
tr,figure,.finding{break-inside:avoid}
td .sub,th .sub,.badge,.chip,code,.mono,.story,.finding h3,footer,figcaption{font-size:10px!important}
h2{font-size:14px;margin:18px 0 6px;break-after:avoid}h1{font-size:20px}
thead{display:table-header-group}
thead button{display:none}thead th{padding:6px 10px}thead th::before{content:attr(data-label);font-weight:600}
@page{margin:12mm}
}
"""

# Columns are sorted by the text in data-sort; numbers are padded there. The state of the page lives in the address after '#'.
JS = """
(function(){
"use strict";
var doc=document,table=doc.getElementById("endpoints");
if(!table)return;
var rows=[].slice.call(table.querySelectorAll("tr.row")).map(function(row,n){
var more=doc.getElementById(row.getAttribute("data-more"));
return {row:row,more:more,n:n,glance:row.getAttribute("data-glance"),level:row.getAttribute("data-level"),
text:(row.textContent+" "+(more?more.textContent:"")).toLowerCase()};});
var heads=[].slice.call(table.querySelectorAll("thead th")),names=heads.map(function(h){return h.getAttribute("data-name");});
var tiles=[].slice.call(doc.querySelectorAll(".tile")),q=doc.getElementById("q"),level=doc.getElementById("level"),
sorter=doc.getElementById("sorter"),count=doc.getElementById("count"),words=tiles.map(function(t){return t.getAttribute("data-glance");});
var groups=[].slice.call(doc.querySelectorAll("input[name=group]"));
var start={group:"host",sort:"protection",dir:"asc",q:"",show:"",level:"",more:""},state={},timer=0;
function read(){
state={};Object.keys(start).forEach(function(k){state[k]=start[k];});
location.hash.slice(1).split("&").forEach(function(part){
var at=part.indexOf("="),k=part.slice(0,at),v="";
try{v=decodeURIComponent(part.slice(at+1));}catch(e){return;}
if(at>0&&Object.prototype.hasOwnProperty.call(start,k))state[k]=v;});
if(names.indexOf(state.sort)<0)state.sort=start.sort;
if(state.dir!=="desc")state.dir="asc";
if(!groups.some(function(g){return g.value===state.group;}))state.group=start.group;
if(["","any","error","warning","note","none"].indexOf(state.level)<0)state.level="";}
function write(){
var out=Object.keys(start).filter(function(k){return state[k]!==start[k];}).map(function(k){return k+"="+encodeURIComponent(state[k]);}).join("&");
history.replaceState(null,"",out?"#"+out:location.pathname+location.search);show();}
function passes(item){
var shown=state.show?state.show.split(","):[];
if(shown.length&&shown.indexOf(item.glance)<0)return false;
if(state.level==="none"&&item.level!=="")return false;
if(state.level==="any"&&item.level==="")return false;
if(["error","warning","note"].indexOf(state.level)>=0&&item.level!==state.level)return false;
return state.q.toLowerCase().split(/\\s+/).every(function(w){return item.text.indexOf(w)>=0;});}
function header(key,items){
var tr=doc.createElement("tr"),th=doc.createElement("th"),sub=doc.createElement("span"),tally=words.map(function(w){
var n=items.filter(function(i){return i.glance===w;}).length;return n?n+" "+w:"";}).filter(Boolean).join(", ");
tr.className="group";tr.setAttribute("role","row");th.setAttribute("role","rowheader");th.colSpan=heads.length;th.scope="rowgroup";
th.appendChild(doc.createTextNode(key));sub.className="sub";
sub.textContent=items.length+(items.length===1?" endpoint: ":" endpoints: ")+tally;
th.appendChild(sub);tr.appendChild(th);return tr;}
function show(){
var column=names.indexOf(state.sort),sign=state.dir==="desc"?-1:1,total=0,order=[],byKey={};
function sortKey(item){return item.row.children[column].getAttribute("data-sort");}
var sorted=rows.slice().sort(function(a,b){var x=sortKey(a),y=sortKey(b);return x<y?-sign:x>y?sign:a.n-b.n;});
sorted.forEach(function(item){
var on=passes(item),key=state.group==="none"?"":item.row.getAttribute("data-by-"+state.group);
item.row.hidden=!on;if(on)total++;
if(item.more){
var open=on&&item.open;item.more.hidden=!open;item.more.classList.toggle("gone",!on);
item.row.querySelector(".toggle").setAttribute("aria-expanded",String(!!open));}
var id="k"+key;if(!byKey[id]){byKey[id]={key:key,items:[],on:[]};order.push(byKey[id]);}
byKey[id].items.push(item);if(on)byKey[id].on.push(item);});
[].slice.call(table.tBodies).forEach(function(b){table.removeChild(b);});
order.sort(function(a,b){return (a.on.length?0:1)-(b.on.length?0:1);}).forEach(function(group){
var body=doc.createElement("tbody");body.setAttribute("role","rowgroup");
if(state.group!=="none"&&group.on.length)body.appendChild(header(group.key,group.on));
group.items.forEach(function(item){body.appendChild(item.row);if(item.more)body.appendChild(item.more);});
table.appendChild(body);});
heads.forEach(function(h,i){
if(i===column)h.setAttribute("aria-sort",state.dir==="desc"?"descending":"ascending");else h.removeAttribute("aria-sort");});
var shown=state.show?state.show.split(","):[];
tiles.forEach(function(t){t.setAttribute("aria-pressed",String(shown.indexOf(t.getAttribute("data-glance"))>=0));});
groups.forEach(function(g){g.checked=g.value===state.group;});
if(q.value!==state.q)q.value=state.q;
level.value=state.level;sorter.value=state.sort;
count.textContent=total===rows.length?"All "+rows.length+" endpoints are shown.":total+" of "+rows.length+" endpoints are shown.";
doc.getElementById("none").hidden=total>0;}
heads.forEach(function(h,i){h.querySelector("button").addEventListener("click",function(){
state.dir=state.sort===names[i]&&state.dir==="asc"?"desc":"asc";state.sort=names[i];write();});});
tiles.forEach(function(t){t.addEventListener("click",function(){
var g=t.getAttribute("data-glance"),shown=state.show?state.show.split(","):[],at=shown.indexOf(g);
if(at<0)shown.push(g);else shown.splice(at,1);state.show=shown.join(",");write();});});
groups.forEach(function(g){g.addEventListener("change",function(){state.group=g.value;write();});});
q.addEventListener("input",function(){clearTimeout(timer);timer=setTimeout(function(){state.q=q.value;write();},120);});
level.addEventListener("change",function(){state.level=level.value;write();});
sorter.addEventListener("change",function(){state.sort=sorter.value;state.dir="asc";write();});
doc.getElementById("clear").addEventListener("click",function(){state.q="";state.show="";state.level="";write();q.focus();});
doc.getElementById("unfold").addEventListener("click",function(){
var on=rows.some(function(i){return i.more&&!i.row.hidden&&!i.open;});
rows.forEach(function(i){if(!i.row.hidden)i.open=on;});show();});
rows.forEach(function(item){if(item.more)item.row.querySelector(".toggle").addEventListener("click",function(){item.open=!item.open;show();});});
window.addEventListener("hashchange",function(){read();show();});
[].slice.call(doc.querySelectorAll(".map a")).forEach(function(a){
var svg=a.ownerSVGElement,side=a.hasAttribute("data-l")?"data-l":"data-r";
function hot(on){svg.classList.toggle("hot",on);[].slice.call(svg.querySelectorAll(".link")).forEach(function(l){
l.classList.toggle("on",on&&l.getAttribute(side)===a.getAttribute(side));});}
["mouseenter","focus"].forEach(function(e){a.addEventListener(e,function(){hot(true);});});
["mouseleave","blur"].forEach(function(e){a.addEventListener(e,function(){hot(false);});});
a.addEventListener("click",function(){
setTimeout(function(){var h=doc.getElementById("table");h.scrollIntoView();h.focus({preventScroll:true});},0);});});
doc.documentElement.classList.add("js");
[].slice.call(doc.querySelectorAll("[data-js]")).forEach(function(e){e.hidden=false;});
tiles.forEach(function(t){t.disabled=false;});
read();if(state.more==="all")rows.forEach(function(i){i.open=true;});
show();
})();
"""
